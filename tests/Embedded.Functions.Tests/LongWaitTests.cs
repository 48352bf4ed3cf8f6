using ServerlessTuning.Embedded.Functions.Timers;

namespace ServerlessTuning.Embedded.Functions.Tests;

public sealed class LongWaitTests
{
    [Fact]
    public async Task Sixty_days_are_slept_by_the_hour_and_a_clock_that_is_set_counts()
    {
        var time = new LeapingTime { Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) };
        var due = time.Now.AddDays(60).AddMinutes(30).UtcDateTime;
        time.AtSleep = count => time.Now += count == 10 ? TimeSpan.FromDays(30) : TimeSpan.Zero; // somebody sets the clock

        await time.WaitUntilAsync(due, default);

        Assert.Equal(due, time.Now.UtcDateTime);
        Assert.Equal(30 * 24 + 1, time.Sleeps.Count);
        Assert.All(time.Sleeps.SkipLast(1), sleep => Assert.Equal(TimeSpan.FromHours(1), sleep));
    }

    [Fact]
    public async Task A_stop_ends_the_wait()
    {
        using var stop = new CancellationTokenSource();
        var waiting = TimeProvider.System.WaitUntilAsync(DateTime.MaxValue, stop.Token);

        await stop.CancelAsync();

        await waiting.WaitAsync(TimeSpan.FromSeconds(20));
    }

    /// <summary>Every sleep is over at once, and the clock has gone on by it.</summary>
    private sealed class LeapingTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public List<TimeSpan> Sleeps { get; } = [];

        public Action<int> AtSleep { get; set; } = _ => { };

        public override DateTimeOffset GetUtcNow() => Now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Sleeps.Add(dueTime);
            Now += dueTime;
            AtSleep(Sleeps.Count);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
