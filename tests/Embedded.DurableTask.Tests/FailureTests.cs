using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace ServerlessTuning.Embedded.DurableTask.Tests;

public sealed class FailureTests
{
    private static TestApp Broken() => new TestApp().Broken("Break", text => new TimeoutException(text, new InvalidDataException("inner")));

    [Fact]
    public async Task A_failed_activity_throws_where_it_is_awaited_and_its_type_is_lost_as_on_Azure()
    {
        var app = Broken().Orchestrator("Catches", async context =>
        {
            try
            {
                return $"{await context.CallActivityAsync<int>("Break", "too slow")}";
            }
            catch (TaskFailedException failure)
            {
                return $"{failure.Message} | {failure.TaskName} {failure.TaskId} {failure.FailureDetails.ErrorType} {failure.FailureDetails.IsCausedBy<TimeoutException>()}";
            }
        });
        await using var engine = await TestEngine.Start(app);

        Assert.Equal(
            "Task 'Break' (#0) failed with an unhandled exception: too slow | Break 0 (unknown) False",
            (await engine.Run("Catches")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Exception_types_are_kept_when_the_app_asks_for_it()
    {
        var app = Broken().Orchestrator("Catches", async context =>
        {
            try
            {
                return $"{await context.CallActivityAsync<int>("Break", "too slow")}";
            }
            catch (TaskFailedException failure) when (failure.FailureDetails.IsCausedBy<TimeoutException>())
            {
                return failure.FailureDetails.InnerFailure!.ToString();
            }
        });
        await using var engine = await TestEngine.Start(app, new() { KeepActivityExceptionTypes = true });

        Assert.Equal("System.IO.InvalidDataException: inner", (await engine.Run("Catches")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_uncaught_failure_fails_child_and_parent_with_nested_details()
    {
        var app = Broken()
            .Orchestrator("Child", context => context.CallActivityAsync<int>("Break", "no disk"))
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync<int>("Child"));
        await using var engine = await TestEngine.Start(app);

        var failed = await engine.Run("Parent");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, failed.RuntimeStatus);
        Assert.Equal("Microsoft.DurableTask.TaskFailedException", failed.FailureDetails!.ErrorType);
        Assert.Equal("Microsoft.DurableTask.TaskFailedException", failed.FailureDetails.InnerFailure!.ErrorType);
        Assert.Equal("no disk", failed.FailureDetails.InnerFailure.InnerFailure!.ErrorMessage);
        Assert.Equal("Task 'Child' (#0) failed with an unhandled exception: Task 'Break' (#0) failed with an unhandled exception: no disk", failed.SerializedOutput);
    }

    [Fact]
    public async Task An_activity_that_the_app_does_not_have_fails_at_once_whatever_the_retries()
    {
        var app = new TestApp().Orchestrator("Calls", context => context.CallActivityAsync<int>("Missing", options: new TaskOptions(new RetryPolicy(5, TimeSpan.FromHours(1)))));
        await using var engine = await TestEngine.Start(app);

        var failed = await engine.Run("Calls");

        Assert.Contains("The function 'Missing' doesn't exist, is disabled, or is not an activity function", failed.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("delay", 100), InlineData("thread", 100), InlineData("race", 100), InlineData("configure", 100), InlineData("never", 100)]
    [InlineData("delay", 0), InlineData("thread", 0), InlineData("race", 0), InlineData("configure", 0), InlineData("never", 0)] // replayed at each step, so that who strayed is not in memory any more
    public async Task Awaiting_what_is_not_durable_fails_the_orchestration(string how, int cached)
    {
        var app = new TestApp().Activity<int, int>("Same", x => x).Orchestrator("Strays", async context =>
        {
            switch (how)
            {
                case "delay":
                    await Task.Delay(20);
                    break;
                case "thread":
                    await Task.Run(() => Thread.Sleep(20));
                    break;
                case "race":
                    await Task.WhenAny(context.WaitForExternalEvent<int>("Never"), Task.Delay(20));
                    break;
                case "configure":
                    await context.CallActivityAsync<int>("Same", 1).ConfigureAwait(false);
                    break;
                case "never":
                    await new TaskCompletionSource().Task;
                    break;
            }

            return await context.CallActivityAsync<int>("Same", 2);
        });
        await using var engine = await TestEngine.Start(app, new() { CachedOrchestrations = cached });

        var failed = await engine.Run("Strays");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, failed.RuntimeStatus);
        Assert.Contains("awaiting non-durable tasks", failed.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_output_that_cannot_be_serialized_fails_its_orchestration_alone()
    {
        var app = new TestApp()
            .Orchestrator("Odd", context => Task.FromResult<object>(new { Self = typeof(int) }))
            .Orchestrator("Even", context => Task.FromResult(2));
        await using var engine = await TestEngine.Start(app);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await engine.Run("Odd")).RuntimeStatus);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await engine.Run("Even")).RuntimeStatus);
    }

    [Fact]
    public async Task A_damaged_history_fails_its_instance_and_nobody_else()
    {
        var app = new TestApp().Orchestrator("Waits", context => context.WaitForExternalEvent<int>("Go"));
        await using var engine = await TestEngine.Start(app, new() { CachedOrchestrations = 0 });
        var (broken, whole) = (await engine.Begin("Waits", id: "broken"), await engine.Begin("Waits", id: "whole"));
        await engine.Until(broken, instance => instance.IsRunning);
        await engine.Until(whole, instance => instance.IsRunning);
        using (var file = new Storage.Database(engine.Path))
        {
            file.Run("UPDATE history SET event = '{' WHERE instance = 'broken' AND number = 1");
        }

        await engine.Client.RaiseEventAsync(broken, "Go", 1);
        await engine.Client.RaiseEventAsync(whole, "Go", 1);

        Assert.Contains("cannot be read", (await engine.End(broken)).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await engine.End(whole)).RuntimeStatus);
    }

    [Theory]
    [InlineData("other activity", "Expected (recorded): a call of activity 'A' (#0). Found (asked for now): a call of activity 'B' (#0).")]
    [InlineData("timer", "Expected (recorded): a call of activity 'A' (#0). Found (asked for now): a timer (#0).")]
    [InlineData("less", "Expected (recorded): a call of activity 'A' (#0). Found (asked for now): nothing.")]
    [InlineData("more", "Expected (recorded): nothing. Found (asked for now): a call of activity 'B' (#1).")]
    public async Task Code_that_no_longer_follows_its_history_fails_the_instance_and_names_both_actions(string change, string message)
    {
        var app = new TestApp().Activity<int, int>("A", x => x).Activity<int, int>("B", x => x).Orchestrator("Changes", async context =>
        {
            await context.CallActivityAsync<int>("A", 1);
            return await context.WaitForExternalEvent<int>("Go");
        });
        await using var engine = await TestEngine.Start(app);
        var id = await engine.Begin("Changes");
        await engine.Until(id, _ => engine.Engine.History(id).Any(entry => entry.EventType == HistoryEventType.TaskCompleted));
        app.Orchestrator("Changes", context => change switch
        {
            "other activity" => context.CallActivityAsync<int>("B", 1),
            "timer" => Timer(context),
            "less" => context.WaitForExternalEvent<int>("Go"),
            _ => Both(context),
        });
        await engine.Restart();

        await engine.Client.RaiseEventAsync(id, "Go", 1);

        Assert.Contains(message, (await engine.End(id)).FailureDetails!.ErrorMessage, StringComparison.Ordinal);

        static async Task<int> Timer(TaskOrchestrationContext context)
        {
            await context.CreateTimer(TimeSpan.FromSeconds(1), CancellationToken.None);
            return 0;
        }

        static async Task<int> Both(TaskOrchestrationContext context)
        {
            var both = await Task.WhenAll(context.CallActivityAsync<int>("A", 1), context.CallActivityAsync<int>("B", 1));
            return both[0];
        }
    }
}
