using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Tests.Compute;

public sealed class CarefulRunTests(CarefulApp app) : IClassFixture<CarefulApp>, IAsyncLifetime
{
    private readonly RunStore runs = new(app.Blobs, TimeProvider.System);

    public async Task InitializeAsync()
    {
        await app.DropForPosts("careful", chats: 60);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_request_whose_estimate_is_above_its_budget_ends_before_any_machine_is_asked_for()
    {
        await runs.WriteAsync(BlobPaths.Prices, PriceTable.Default with { AsOf = new(2026, 3, 1), Regional = [] }, default);

        var run = await Ended((await app.Post("careful", new { budget = new { maxCost = 1 } })).Id);

        Assert.Equal(Outcome.OverBudget, run.Result!.Outcome);
        Assert.Matches(@"^The run would take about 0\.3 h on Standard_NC4as_T4_v3 spot in swedencentral: 2\.\d\d USD at prices of 2026-03-01, but budget\.maxCost is 1\.00\.", run.Result.Reason);
        Assert.Contains((await runs.ReadAsync<TuningPlan>(BlobPaths.Plan(run.Id), default)).Reasons, reason => reason.Name == "cost" && reason.Value.Contains("2026-03-01", StringComparison.Ordinal));
        Assert.DoesNotContain(app.Azure.EveryMachine, machine => machine.Tag(MachineTags.Run) == run.Id);
        Assert.Null(run.Result.Bill);
    }

    [Fact]
    public async Task A_failed_attempts_machine_outlives_its_run_is_in_its_result_and_goes_with_the_sweeper_when_its_time_is_over()
    {
        var trainer = new ScriptedTrainer(app.Azure, app.Blobs, steps: 3, TimeSpan.FromMilliseconds(100));
        app.Azure.Work = machine => machine.Tag(MachineTags.Attempt) == "1"
            ? runs.WriteAsync(BlobPaths.Done(machine.Tag(MachineTags.Run)!, 1), new TrainerDone(1, ExitCodes.Failed, "a kernel that fails"), default) : trainer.Work(machine);

        var run = await Ended((await app.Post("careful", new { })).Id);
        await app.Sweep();

        Assert.Equal(Outcome.Published, run.Result!.Outcome);
        var kept = Assert.Single(app.Azure.Machines, machine => machine.Tag(MachineTags.Run) == run.Id);
        Assert.Equal(("1", kept.Name), (kept.Tag(MachineTags.Attempt), run.Result.Bill!.Kept!.Name));
        Assert.True(run.Result.Bill.Cost > 10, $"an hour of it costs 10, but the run is said to cost {run.Result.Bill.Cost}");

        kept.Body["tags"]![MachineTags.Expires] = "2020-01-01T00:00:00.0000000Z";
        await app.Sweep();
        Assert.DoesNotContain(app.Azure.Machines, machine => machine.Tag(MachineTags.Run) == run.Id);
    }

    private async Task<RunView> Ended(string id)
    {
        RunView? run = null;
        await RunningApp.Until(async () => (run = await app.Get(id)).Result is not null, () => $"{run}");
        return run!;
    }
}
