using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace ServerlessTuning.Embedded.DurableTask.Tests;

public sealed class ClientTests
{
    private static TestApp Waiting() => new TestApp()
        .Orchestrator("Waits", context => context.WaitForExternalEvent<string>("Go"))
        .Orchestrator("Ends", context => Task.FromResult(context.GetInput<int>()));

    [Fact]
    public async Task A_running_instance_is_not_replaced_and_a_finished_one_is()
    {
        await using var engine = await TestEngine.Start(Waiting());
        await engine.Begin("Waits", id: "one");

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => engine.Begin("Ends", 1, "one"));
        await engine.Client.RaiseEventAsync("one", "Go", "done");
        await engine.End("one");
        var replaced = await engine.Run("Ends", 2, "one");

        Assert.Contains("already exists", refused.Message, StringComparison.Ordinal);
        Assert.Equal(("Ends", 2), (replaced.Name, replaced.ReadOutputAs<int>()));
    }

    [Fact]
    public async Task Statuses_given_for_deduplication_refuse_a_finished_instance_too()
    {
        await using var engine = await TestEngine.Start(Waiting());
        await engine.Run("Ends", 1, "one");
        var options = new StartOrchestrationOptions("one").WithDedupeStatuses(OrchestrationRuntimeStatus.Completed);

        await Assert.ThrowsAsync<InvalidOperationException>(() => engine.Client.ScheduleNewOrchestrationInstanceAsync("Ends", 2, options));
    }

    [Fact]
    public async Task An_instance_with_a_start_time_is_pending_until_then()
    {
        var clock = new TestClock();
        await using var engine = await TestEngine.Start(Waiting(), time: clock);
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Ends", 1, new StartOrchestrationOptions(StartAt: clock.GetUtcNow().AddDays(40)));

        clock.Advance(TimeSpan.FromDays(39));
        await Task.Delay(50);
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await engine.Client.GetInstanceAsync(id))!.RuntimeStatus);
        for (var hour = 0; hour < 24; hour++)
        {
            clock.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(1, (await engine.End(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_listing_filters_and_comes_in_pages()
    {
        await using var engine = await TestEngine.Start(Waiting());
        for (var i = 0; i < 7; i++)
        {
            await engine.Run("Ends", i, $"a-{i}");
        }

        await engine.Begin("Waits", id: "b-1");
        var pages = new List<int>();
        await foreach (var page in engine.Client.GetAllInstancesAsync(new OrchestrationQuery(InstanceIdPrefix: "a-", PageSize: 3, FetchInputsAndOutputs: true)).AsPages())
        {
            pages.Add(page.Values.Count);
        }

        Assert.Equal([3, 3, 1], pages);
        await engine.Until("b-1", instance => instance.IsRunning);
        Assert.Equal(["b-1"], await Ids(engine, new(Statuses: [OrchestrationRuntimeStatus.Running])));
        Assert.Empty(await Ids(engine, new(CreatedFrom: DateTimeOffset.UtcNow.AddHours(1))));
    }

    [Fact]
    public async Task Inputs_and_outputs_are_read_only_when_asked_for()
    {
        await using var engine = await TestEngine.Start(Waiting());
        await engine.Run("Ends", 5, "one");

        var bare = (await engine.Client.GetInstanceAsync("one"))!;

        Assert.Null(bare.SerializedOutput);
        Assert.Throws<InvalidOperationException>(() => bare.ReadOutputAs<int>());
        Assert.Null(await engine.Client.GetInstanceAsync("unknown"));
    }

    [Fact]
    public async Task A_suspended_instance_keeps_its_events_until_it_is_resumed()
    {
        await using var engine = await TestEngine.Start(Waiting());
        var id = await engine.Begin("Waits");
        await engine.Client.WaitForInstanceStartAsync(id);
        await engine.Client.SuspendInstanceAsync(id, "lunch");
        await engine.Until(id, instance => instance.RuntimeStatus == OrchestrationRuntimeStatus.Suspended);

        await engine.Client.RaiseEventAsync(id, "Go", "later");
        await Task.Delay(50);
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await engine.Client.GetInstanceAsync(id))!.RuntimeStatus);
        await engine.Restart();
        await engine.Client.ResumeInstanceAsync(id, "back");

        Assert.Equal("later", (await engine.End(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_terminated_instance_has_the_given_output_and_ignores_what_still_comes()
    {
        using var entered = new SemaphoreSlim(0);
        using var release = new SemaphoreSlim(0);
        var app = new TestApp().Activity<int, int>("Slow", async x =>
        {
            entered.Release();
            await release.WaitAsync();
            return x;
        }).Orchestrator("Works", context => context.CallActivityAsync<int>("Slow", 1));
        await using var engine = await TestEngine.Start(app);
        var id = await engine.Begin("Works");
        await entered.WaitAsync();

        await engine.Client.TerminateInstanceAsync(id, "enough");
        var ended = await engine.End(id);
        release.Release();
        await Task.Delay(50);

        Assert.Equal((OrchestrationRuntimeStatus.Terminated, "enough"), (ended.RuntimeStatus, ended.ReadOutputAs<string>()));
        Assert.DoesNotContain(engine.Engine.History(id), entry => entry.EventType == HistoryEventType.TaskCompleted);
        await Assert.ThrowsAsync<InvalidOperationException>(() => engine.Client.TerminateInstanceAsync(id, "again"));
        await Assert.ThrowsAsync<ArgumentException>(() => engine.Client.SuspendInstanceAsync("unknown"));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Children_are_terminated_with_their_parent_when_asked(bool recursive)
    {
        var app = Waiting().Orchestrator("Parent", context => context.CallSubOrchestratorAsync<string>("Waits", options: new SubOrchestrationOptions(instanceId: "child")));
        await using var engine = await TestEngine.Start(app);
        await engine.Begin("Parent", id: "parent");
        await engine.Client.WaitForInstanceStartAsync("child");

        await engine.Client.TerminateInstanceAsync("parent", new TerminateInstanceOptions("enough", recursive));
        await engine.End("parent");
        await Task.Delay(50);

        var child = (await engine.Client.GetInstanceAsync("child"))!;
        Assert.Equal(recursive ? OrchestrationRuntimeStatus.Terminated : OrchestrationRuntimeStatus.Running, child.RuntimeStatus);
    }

    [Fact]
    public async Task A_purge_removes_finished_instances_with_all_their_rows_and_leaves_running_ones()
    {
        await using var engine = await TestEngine.Start(Waiting());
        await engine.Begin("Waits", id: "running");
        await engine.Run("Ends", 1, "done-1");
        await engine.Run("Ends", 2, "done-2");

        Assert.Equal(1, (await engine.Client.PurgeInstanceAsync("done-1")).PurgedInstanceCount);
        Assert.Equal(0, (await engine.Client.PurgeInstanceAsync("running")).PurgedInstanceCount);
        Assert.Equal(1, (await engine.Client.PurgeAllInstancesAsync(new PurgeInstancesFilter(CreatedFrom: DateTimeOffset.UtcNow.AddHours(-1)))).PurgedInstanceCount);

        Assert.Equal(["running"], await Ids(engine, new()));
        Assert.Empty(engine.Engine.History("done-1"));
    }

    [Fact]
    public async Task A_restart_runs_the_same_input_again()
    {
        await using var engine = await TestEngine.Start(Waiting());
        await engine.Run("Ends", 5, "one");

        var id = await engine.Client.RestartAsync("one", restartWithNewInstanceId: true);

        Assert.NotEqual("one", id);
        Assert.Equal(5, (await engine.End(id)).ReadOutputAs<int>());
    }

    [Theory, InlineData("@entity"), InlineData("a/b"), InlineData("a\\b"), InlineData("a#b"), InlineData("a?b"), InlineData("a\nb"), InlineData("")]
    public async Task Ids_that_Azure_refuses_are_refused(string id)
    {
        await using var engine = await TestEngine.Start(Waiting());

        await Assert.ThrowsAsync<ArgumentException>(() => engine.Begin("Ends", 1, id));
    }

    [Fact]
    public async Task An_orchestrator_that_the_app_does_not_have_cannot_be_started()
    {
        await using var engine = await TestEngine.Start(Waiting());

        var refused = await Assert.ThrowsAsync<ArgumentException>(() => engine.Begin("Missing"));

        Assert.Equal("The function 'Missing' doesn't exist, is disabled, or is not an orchestrator function.", refused.Message);
    }

    private static async Task<List<string>> Ids(TestEngine engine, OrchestrationQuery query)
    {
        var ids = new List<string>();
        await foreach (var instance in engine.Client.GetAllInstancesAsync(query))
        {
            ids.Add(instance.InstanceId);
        }

        return ids;
    }
}
