using Microsoft.DurableTask;

namespace ServerlessTuning.Embedded.DurableTask.Tests;

public sealed class RetryTests
{
    [Fact]
    public async Task A_policy_tries_again_after_growing_intervals_up_to_the_longest()
    {
        var tries = 0;
        var app = new TestApp()
            .Activity<string, int>("Flaky", _ => ++tries < 5 ? throw new IOException("busy") : tries)
            .Orchestrator("Tries", context => context.CallActivityAsync<int>(
                "Flaky", "x", new TaskOptions(new RetryPolicy(9, TimeSpan.FromMilliseconds(4), 2, TimeSpan.FromMilliseconds(10)))));
        await using var engine = await TestEngine.Start(app);
        var id = await engine.Begin("Tries");

        var done = await engine.End(id);

        var waits = engine.Engine.History(id).Where(entry => entry.EventType == HistoryEventType.TimerCreated).Select(entry => (entry.FireAt!.Value - entry.Timestamp).TotalMilliseconds);
        Assert.Equal([4, 8, 10, 10], waits);
        Assert.Equal(5, done.ReadOutputAs<int>());
    }

    [Theory]
    [InlineData(3, null, 3, 3)]
    [InlineData(100, 30, 1, 4)] // waits of 10 ms: at most four tries begin within 30 ms, fewer on a busy machine
    public async Task A_policy_gives_up_after_its_attempts_or_its_time(int attempts, int? timeoutMilliseconds, int atLeast, int atMost)
    {
        var app = new TestApp()
            .Broken("Broken", _ => new IOException("busy"))
            .Orchestrator("Tries", context => context.CallActivityAsync<int>("Broken", "x", new TaskOptions(new RetryPolicy(
                attempts, TimeSpan.FromMilliseconds(10), retryTimeout: timeoutMilliseconds is { } limit ? TimeSpan.FromMilliseconds(limit) : null))));
        await using var engine = await TestEngine.Start(app);

        var failed = await engine.Run("Tries");

        Assert.Equal("busy", failed.FailureDetails!.InnerFailure!.ErrorMessage);
        Assert.InRange(app.Ran.Count, atLeast, atMost);
    }

    [Fact]
    public async Task A_handler_decides_by_attempt_and_failure()
    {
        var app = new TestApp()
            .Broken("Broken", _ => new IOException("busy"))
            .Orchestrator("Tries", context => context.CallActivityAsync<int>("Broken", "x", TaskOptions.FromRetryHandler(async retry =>
            {
                await retry.OrchestrationContext.CreateTimer(TimeSpan.FromMilliseconds(1), retry.CancellationToken);
                return retry.LastAttemptNumber < 4 && retry.LastFailure.ErrorMessage == "busy";
            })));
        await using var engine = await TestEngine.Start(app);

        await engine.Run("Tries");

        Assert.Equal(4, app.Ran.Count);
    }

    [Fact]
    public async Task A_filter_keeps_hopeless_failures_from_being_tried_again()
    {
        var app = new TestApp()
            .Broken("Broken", _ => new IOException("hopeless"))
            .Orchestrator("Tries", context => context.CallActivityAsync<int>("Broken", "x", new TaskOptions(
                new RetryPolicy(5, TimeSpan.FromMilliseconds(1)) { HandleFailure = failure => failure.ErrorMessage != "hopeless" })));
        await using var engine = await TestEngine.Start(app);

        await engine.Run("Tries");

        Assert.Single(app.Ran);
    }

    [Fact]
    public async Task A_failed_sub_orchestration_is_started_again_under_its_id()
    {
        var tries = 0;
        var app = new TestApp()
            .Orchestrator("Child", context => ++tries < 3 ? throw new IOException("busy") : Task.FromResult(context.InstanceId))
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync<string>(
                "Child", options: new TaskOptions(new RetryPolicy(5, TimeSpan.FromMilliseconds(1))).WithInstanceId("child")));
        await using var engine = await TestEngine.Start(app);

        Assert.Equal("child", (await engine.Run("Parent")).ReadOutputAs<string>());
        Assert.Equal(3, tries);
    }

    [Fact]
    public void A_policy_refuses_values_that_make_no_sense()
    {
        var second = TimeSpan.FromSeconds(1);

        Assert.Equal("maxNumberOfAttempts", Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(0, second)).ParamName);
        Assert.Equal("firstRetryInterval", Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(1, TimeSpan.Zero)).ParamName);
        Assert.Equal("backoffCoefficient", Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(1, second, 0.5)).ParamName);
        Assert.Equal("maxRetryInterval", Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(1, second, 1, second / 2)).ParamName);
        Assert.Equal("retryTimeout", Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(1, second, 1, null, second / 2)).ParamName);
    }
}
