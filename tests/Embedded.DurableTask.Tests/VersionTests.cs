using Microsoft.DurableTask;

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
}
