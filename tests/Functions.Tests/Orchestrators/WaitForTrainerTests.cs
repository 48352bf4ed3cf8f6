using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Activities;
using ServerlessTuning.Functions.Orchestrators;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Functions.Tests.Orchestrators;

public sealed class WaitForTrainerTests
{
    private static readonly WaitInput Input = new(new("run-1", 1, TimeSpan.FromSeconds(15)), "run-1");
    private int beats;

    [Fact]
    public async Task It_looks_at_a_steady_pace_until_the_trainer_is_done()
    {
        var wait = new FakeOrchestrationContext().Returns(nameof(CheckTrainer), Alive()).Returns(nameof(CheckTrainer), Alive()).Returns(nameof(CheckTrainer), Done);

        var check = await Run(wait);

        Assert.Equal(TrainerState.Done, check.State);
        Assert.Equal(TimeSpan.FromSeconds(30), wait.CurrentUtcDateTime - new DateTime(2026, 1, 1));
    }

    [Fact]
    public async Task The_trainers_last_word_wakes_it_at_once()
    {
        var wait = new FakeOrchestrationContext().Returns(nameof(CheckTrainer), Alive()).Returns(nameof(CheckTrainer), Done)
            .Raises(Events.TrainerFinished, true, after: TimeSpan.FromSeconds(2));

        await Run(wait);

        Assert.Equal(TimeSpan.FromSeconds(2), wait.CurrentUtcDateTime - new DateTime(2026, 1, 1));
    }

    [Fact]
    public async Task It_ends_when_its_run_has_no_more_use_for_it()
    {
        var wait = new FakeOrchestrationContext().Returns(nameof(CheckTrainer), Alive()).Raises(Events.StopWaiting, true, after: TimeSpan.FromSeconds(20));

        var check = await Run(wait);

        Assert.Equal(TrainerState.Alive, check.State);
        Assert.Null(wait.ContinuedAsNew);
    }

    [Fact]
    public async Task It_continues_as_new_so_that_its_history_stays_short()
    {
        var wait = new FakeOrchestrationContext().Answers<StartedTrainer>(nameof(CheckTrainer), _ => Alive());

        await Run(wait);

        Assert.Equal(50, wait.Calls.Count);
        Assert.True(wait.ContinuedAsNew!.PreserveUnprocessedEvents);
        var next = (WaitInput)wait.ContinuedAsNew.NewInput!;
        Assert.Equal((Input.Trainer, new DateTime(2026, 1, 1)), (next.Trainer, next.Since!.Value));
    }

    [Fact]
    public async Task It_reports_to_its_run_what_is_new_and_nothing_twice()
    {
        var (first, second) = (Alive(), Alive());
        var wait = new FakeOrchestrationContext().Returns(nameof(CheckTrainer), first).Returns(nameof(CheckTrainer), first).Returns(nameof(CheckTrainer), second).Returns(nameof(CheckTrainer), Done);

        await Run(wait);

        Assert.Equal(2, wait.SentEvents.Count);
        Assert.All(wait.SentEvents, sent => Assert.Equal(("run-1", Events.Progress), (sent.InstanceId, sent.Name)));
        Assert.Equal(new RunStatus("train", 1, 100, 2.5, null, 4000, 60, 1), wait.SentEvents[0].Payload);
    }

    [Fact]
    public async Task The_longer_it_waits_the_rarer_it_reports()
    {
        var start = new DateTime(2026, 1, 1);
        var wait = new FakeOrchestrationContext().Answers<StartedTrainer>(nameof(CheckTrainer), _ => Alive());

        await wait.Run(context => WaitForTrainer.Run(context, Input with { Since = start.AddHours(-10), Reported = Alive().Heartbeat, ReportedAt = start }));

        Assert.Single(wait.SentEvents); // every 6 minutes after 10 hours; a generation is 12 minutes
    }

    private static TrainerCheck Done => new(TrainerState.Done, ExitCode: 0);

    private TrainerCheck Alive() => new(TrainerState.Alive, new Heartbeat(DateTimeOffset.UnixEpoch.AddSeconds(++beats), Stage.Train, beats, 100, 2.5, null, 4000, 60));

    private static Task<TrainerCheck> Run(FakeOrchestrationContext wait) => wait.Run(context => WaitForTrainer.Run(context, Input));
}
