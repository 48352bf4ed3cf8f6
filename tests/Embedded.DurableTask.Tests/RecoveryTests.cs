using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace ServerlessTuning.Embedded.DurableTask.Tests;

public sealed class RecoveryTests
{
    [Fact]
    public async Task A_timer_of_thirty_days_survives_a_restart_and_fires_once()
    {
        var clock = new TestClock();
        var app = new TestApp().Orchestrator("Sleeps", async context =>
        {
            var start = context.CurrentUtcDateTime;
            await context.CreateTimer(TimeSpan.FromDays(30), CancellationToken.None);
            return (context.CurrentUtcDateTime - start).TotalDays;
        });
        await using var engine = await TestEngine.Start(app, time: clock);
        var id = await engine.Begin("Sleeps");
        await engine.Client.WaitForInstanceStartAsync(id);

        clock.Advance(TimeSpan.FromDays(29));
        await engine.Engine.StopAsync();
        clock.Advance(TimeSpan.FromDays(2));
        await engine.Start();

        Assert.Equal(31, (await engine.End(id)).ReadOutputAs<double>());
        Assert.Single(engine.Engine.History(id), entry => entry.EventType == HistoryEventType.TimerFired);
    }

    [Fact]
    public async Task An_activity_that_outlasts_the_stop_is_delivered_again()
    {
        var runs = 0;
        var app = new TestApp().Activity<int, int>("Long", async (x, cancellation) =>
        {
            if (Interlocked.Increment(ref runs) == 1)
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }

            return x;
        }).Orchestrator("Works", context => context.CallActivityAsync<int>("Long", 7));
        await using var engine = await TestEngine.Start(app, new() { DrainTimeout = TimeSpan.FromMilliseconds(50) });
        var id = await engine.Begin("Works");
        await engine.Until(id, _ => runs == 1);

        await engine.Restart();

        Assert.Equal(7, (await engine.End(id)).ReadOutputAs<int>());
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task A_short_activity_ends_within_the_stop_and_is_not_repeated()
    {
        using var entered = new SemaphoreSlim(0);
        var app = new TestApp().Activity<int, int>("Short", async x =>
        {
            entered.Release();
            await Task.Delay(100);
            return x;
        }).Orchestrator("Works", context => context.CallActivityAsync<int>("Short", 7));
        await using var engine = await TestEngine.Start(app);
        var id = await engine.Begin("Works");
        await entered.WaitAsync();

        await engine.Restart();

        Assert.Equal(7, (await engine.End(id)).ReadOutputAs<int>());
        Assert.Single(app.Ran);
    }

    [Fact]
    public async Task A_second_engine_on_the_same_file_is_refused()
    {
        await using var engine = await TestEngine.Start(new TestApp());
        await using var second = new DurableEngine(engine.Path, new TestApp(), NullLoggerFactory.Instance);

        var refused = await Assert.ThrowsAsync<IOException>(() => second.StartAsync());

        Assert.Contains("is in use: another engine", refused.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => second.History("x"));
    }

    [Fact]
    public async Task A_thousand_activities_side_by_side_take_seconds_not_minutes()
    {
        var app = new TestApp().Activity<int, int>("Same", x => x).Orchestrator("Fan", async context =>
            (await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => context.CallActivityAsync<int>("Same", i)))).Sum());
        await using var engine = await TestEngine.Start(app);

        var done = await engine.Run("Fan");

        Assert.Equal(499_500, done.ReadOutputAs<int>());
        Assert.True(done.LastUpdatedAt - done.CreatedAt < TimeSpan.FromSeconds(10), $"took {done.LastUpdatedAt - done.CreatedAt}");
    }

    [Fact]
    public async Task Activities_started_and_not_awaited_still_run()
    {
        using var ran = new SemaphoreSlim(0);
        var app = new TestApp().Activity<int, int>("Tell", x => ran.Release()).Orchestrator("Leaves", context =>
        {
            _ = context.CallActivityAsync<int>("Tell", 1);
            return Task.FromResult(true);
        });
        await using var engine = await TestEngine.Start(app);

        await engine.Run("Leaves");

        Assert.True(await ran.WaitAsync(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task A_clock_set_back_by_an_hour_keeps_events_in_order_and_loses_none()
    {
        var clock = new TestClock();
        var app = new TestApp().Orchestrator("Listens", async context =>
            new[] { await context.WaitForExternalEvent<int>("N"), await context.WaitForExternalEvent<int>("N") });
        await using var engine = await TestEngine.Start(app, time: clock);
        var id = await engine.Begin("Listens");
        await engine.Client.WaitForInstanceStartAsync(id);
        await engine.Client.SuspendInstanceAsync(id);

        await engine.Client.RaiseEventAsync(id, "N", 1);
        clock.Advance(TimeSpan.FromHours(-1));
        await engine.Client.RaiseEventAsync(id, "N", 2);
        await engine.Client.ResumeInstanceAsync(id);

        Assert.Equal("[1,2]", (await engine.End(id)).SerializedOutput);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await engine.Client.GetInstanceAsync(id))!.RuntimeStatus);
    }
}
