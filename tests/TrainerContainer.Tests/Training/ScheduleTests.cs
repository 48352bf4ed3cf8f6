using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Training;

namespace ServerlessTuning.Trainer.Tests.Training;

public sealed class ScheduleTests
{
    /// <summary>The shares of transformers' get_wsd_schedule(num_warmup_steps=2, num_stable_steps=4, num_decay_steps=4, decay_type="linear"), from its formula by hand.</summary>
    [Fact]
    public void Warmup_stable_decay_rises_stays_and_falls_in_a_straight_line()
    {
        var schedule = new Schedule(ScheduleType.WarmupStableDecay, WarmupSteps: 2, TotalSteps: 10, DecaySteps: 4);

        Assert.Equal([0, 0.5, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0, 0], Enumerable.Range(0, 12).Select(schedule.At));
    }

    [Fact]
    public void Without_decay_steps_the_rate_stays()
    {
        var schedule = new Schedule(ScheduleType.WarmupStableDecay, WarmupSteps: 0, TotalSteps: 3);

        Assert.Equal([1, 1, 1, 0], Enumerable.Range(0, 4).Select(schedule.At));
    }
}
