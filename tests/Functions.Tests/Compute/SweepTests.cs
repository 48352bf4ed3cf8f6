using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Testing.Azure;

namespace ServerlessTuning.Functions.Tests.Compute;

public sealed class SweepTests(AzureApp app) : IClassFixture<AzureApp>, IAsyncLifetime
{
    public async Task InitializeAsync()
    {
        app.Azure.Work = new ScriptedTrainer(app.Azure, app.Blobs, steps: 10_000, TimeSpan.FromMilliseconds(200)).Work;
        await app.DropForPosts("sweep", chats: 60);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_machine_whose_run_was_terminated_from_outside_is_deleted_and_that_of_a_live_run_is_kept()
    {
        var (dead, live) = (await Training(), await Training());
        await app.Services.GetRequiredService<DurableTaskClient>().TerminateInstanceAsync(dead, "from outside");
        await RunningApp.Until(async () => (await app.Get(dead)).RuntimeStatus == "Terminated");

        await app.Sweep();

        Assert.DoesNotContain(app.Azure.Machines, machine => machine.Tag(MachineTags.Run) == dead);
        Assert.Contains(app.Azure.Machines, machine => machine.Tag(MachineTags.Run) == live);
        await Cancel(live);
    }

    [Fact]
    public async Task What_a_run_that_was_ended_from_outside_cost_stands_still_when_its_machine_has_gone_by_itself()
    {
        var run = await Training();
        await app.Services.GetRequiredService<DurableTaskClient>().TerminateInstanceAsync(run, new TerminateInstanceOptions("from outside", Recursive: true));
        await RunningApp.Until(() => Task.FromResult(Of(run).Count == 0)); // nobody renewed its trainer's lease

        await app.Sweep();

        var bill = (await app.Get(run)).Result!.Bill!;
        await Task.Delay(300);
        Assert.Equal(bill, (await app.Get(run)).Result!.Bill);
        Assert.InRange(bill.Cost, app.Azure.Cost(AzureApp.PerHour, machine => machine.Tag(MachineTags.Run) == run), double.MaxValue);
        Assert.DoesNotContain(run, await app.Services.GetRequiredService<ITrainers>().ListAsync(default)); // nothing is left to sweep
    }

    [Fact]
    public async Task A_machine_past_its_expiry_or_switched_off_is_deleted_though_its_run_lives_and_the_run_goes_on_elsewhere()
    {
        var run = await Training();
        Of(run)[0].Body["tags"]![MachineTags.Expires] = "2020-01-01T00:00:00.0000000Z";

        await app.Sweep();

        await RunningApp.Until(() => Task.FromResult(Of(run) is [var machine, ..] && machine.Tag(MachineTags.Attempt) == "2"));
        await Cancel(run);
    }

    [Fact]
    public async Task A_cancelled_run_leaves_nothing_to_sweep()
    {
        var run = await Training();

        await Cancel(run);

        Assert.Empty(Of(run));
    }

    [Fact]
    public async Task A_paused_run_has_no_machine_and_goes_on_with_another()
    {
        var run = await Training();
        using (await app.Http.PostAsync($"runs/{run}/pause", null))
        {
            await RunningApp.Until(async () => (await app.Get(run)).Status?.Stage == "paused");
        }

        Assert.Empty(Of(run));
        using var early = await app.Http.PostAsync($"runs/{run}/pause", null);
        Assert.Equal(409, (int)early.StatusCode);
        using var resumed = await app.Http.PostAsync($"runs/{run}/resume", null);
        await RunningApp.Until(() => Task.FromResult(Of(run) is [var machine] && machine.Tag(MachineTags.Attempt) == "2"));
        await Cancel(run);
    }

    private IReadOnlyList<FakeMachine> Of(string run) => [.. app.Azure.Machines.Where(machine => machine.Tag(MachineTags.Run) == run)];

    private async Task<string> Training()
    {
        var run = (await app.Post("sweep", new { })).Id;
        await RunningApp.Until(() => Task.FromResult(Of(run) is [{ PowerState: "running" }]));
        await RunningApp.Until(async () => (await app.Get(run)).Status?.Stage == "train");
        return run;
    }

    private async Task Cancel(string run)
    {
        using var told = await app.Http.PostAsync($"runs/{run}/cancel", null);
        await RunningApp.Until(async () => (await app.Get(run)).Result is not null);
    }
}
