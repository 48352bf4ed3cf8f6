using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace ServerlessTuning.Embedded.DurableTask.Tests;

public sealed class VersionTests
{
    private static TestApp App() => new TestApp()
        .Orchestrator("Shows", context => Task.FromResult(context.Version))
        .Orchestrator("Calls", async context => $"{context.Version}/{await context.CallSubOrchestratorAsync<string>("Shows")}")
        .Activity<string, string>("Old", _ => "old").Activity<string, string>("New", _ => "new")
        .Orchestrator("Branches", async context =>
        {
            await context.WaitForExternalEvent<string>("Go");
            return await context.CallActivityAsync<string>(context.CompareVersionTo("2.0") < 0 ? "Old" : "New", "");
        });

    [Fact]
    public async Task A_start_without_a_version_has_the_default_one_and_passes_it_on()
    {
        await using var engine = await TestEngine.Start(App(), new() { DefaultVersion = "2.0" });

        Assert.Equal("2.0/2.0", (await engine.Run("Calls")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_version_given_at_the_start_wins_and_without_any_there_is_none()
    {
        await using var engine = await TestEngine.Start(App(), new() { DefaultVersion = "2.0" });
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Shows", new StartOrchestrationOptions { Version = "1.5" });
        await using var unversioned = await TestEngine.Start(App());

        Assert.Equal("1.5", (await engine.End(id)).ReadOutputAs<string>());
        Assert.Equal("", (await unversioned.Run("Shows")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_run_begun_before_the_default_was_raised_goes_the_old_way_to_its_end()
    {
        var app = App();
        await using var engine = new TestEngine(app, new() { DefaultVersion = "1.0" });
        await engine.Start();
        var old = await engine.Begin("Branches");
        await engine.Client.WaitForInstanceStartAsync(old);

        await engine.Restart(new() { DefaultVersion = "2.0" });
        var young = await engine.Begin("Branches");
        await engine.Client.RaiseEventAsync(old, "Go", "");
        await engine.Client.RaiseEventAsync(young, "Go", "");

        Assert.Equal(("old", "new"), ((await engine.End(old)).ReadOutputAs<string>(), (await engine.End(young)).ReadOutputAs<string>()));
    }

    [Theory]
    [InlineData(VersionMatchStrategy.None, "2.0", "3.0", true)]
    [InlineData(VersionMatchStrategy.CurrentOrOlder, "2.0", "2.0", true)]
    [InlineData(VersionMatchStrategy.CurrentOrOlder, "2.0", "1.9", true)]
    [InlineData(VersionMatchStrategy.CurrentOrOlder, "10.0", "9.0", true)] // as numbers, not as text
    [InlineData(VersionMatchStrategy.CurrentOrOlder, "2.0", "2.0.1", false)]
    [InlineData(VersionMatchStrategy.CurrentOrOlder, "2.0", "", true)]
    [InlineData(VersionMatchStrategy.CurrentOrOlder, "", "1.0", false)]
    [InlineData(VersionMatchStrategy.Strict, "2.0", "2.0", true)]
    [InlineData(VersionMatchStrategy.Strict, "2.0", "1.0", false)]
    [InlineData(VersionMatchStrategy.Strict, "2.0", "", false)]
    public async Task A_version_that_the_host_may_not_lead_on_fails_where_that_is_asked_for(VersionMatchStrategy match, string own, string version, bool runs)
    {
        var app = App();
        await using var engine = await TestEngine.Start(app, new() { DefaultVersion = own, VersionMatch = match, VersionFailure = VersionFailureStrategy.Fail });

        var ended = await engine.End(await engine.Client.ScheduleNewOrchestrationInstanceAsync("Shows", new StartOrchestrationOptions { Version = version }));

        if (runs)
        {
            Assert.Equal(version, ended.ReadOutputAs<string>());
            return;
        }

        Assert.Equal("VersionMismatch", ended.FailureDetails!.ErrorType);
        Assert.Contains("Orchestration version did not comply with Worker Versioning", ended.FailureDetails.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains($"found version '{version}'", ended.FailureDetails.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_version_waits_untouched_for_a_host_that_may_lead_it_on_and_holds_up_nobody()
    {
        await using var engine = new TestEngine(App(), new() { DefaultVersion = "2.0" });
        await engine.Start();
        var newer = await engine.Begin("Branches");
        await engine.Client.WaitForInstanceStartAsync(newer);
        await engine.Restart(new() { DefaultVersion = "1.0" }); // a deployment that was rolled back
        var before = engine.Engine.History(newer).Count;

        await engine.Client.RaiseEventAsync(newer, "Go", "");
        Assert.Equal("1.0", (await engine.Run("Shows")).ReadOutputAs<string>());
        await Task.Delay(200);
        Assert.Equal((OrchestrationRuntimeStatus.Running, before), ((await engine.Client.GetInstanceAsync(newer))!.RuntimeStatus, engine.Engine.History(newer).Count));

        await engine.Restart(new() { DefaultVersion = "2.1" });
        Assert.Equal("new", (await engine.End(newer)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_sub_orchestration_of_a_wrong_version_fails_in_its_parent()
    {
        var app = App().Orchestrator("AsksForNewer", context => context.CallSubOrchestratorAsync<string>("Shows", options: new SubOrchestrationOptions { Version = "3.0" }));
        await using var engine = await TestEngine.Start(app, new() { DefaultVersion = "2.0", VersionFailure = VersionFailureStrategy.Fail });

        Assert.Contains("found version '3.0'", (await engine.Run("AsksForNewer")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }
}
