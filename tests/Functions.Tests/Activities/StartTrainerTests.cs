using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Activities;
using ServerlessTuning.Functions.Options;
using ServerlessTuning.Functions.Tests.Compute;
using ServerlessTuning.Testing.Azure;

namespace ServerlessTuning.Functions.Tests.Activities;

public sealed class StartTrainerTests(AzureCompute compute) : IClassFixture<AzureCompute>, IAsyncLifetime
{
    private FakeResourceManager Azure { get; } = new();

    public Task InitializeAsync() => compute.Forget();

    public async Task DisposeAsync() => await Azure.DisposeAsync();

    [Fact]
    public async Task When_Azure_does_not_answer_the_run_is_told_to_ask_again_later_and_why()
    {
        Azure.Faults.Refuse = request => request.Method == "PUT" ? FakeError.Broken : null;

        var started = await Start(await Planned());

        Assert.Equal(TimeSpan.FromMinutes(10), started.Refusal!.TryAgain);
        Assert.Contains("503 ServiceUnavailable", started.Refusal.Words);
    }

    [Fact]
    public async Task When_nothing_fits_the_run_is_told_that_waiting_does_not_help()
    {
        var started = await Start(await Planned(new(1000, false, 1)));

        Assert.Null(started.Refusal!.TryAgain);
        Assert.Contains("1000 GiB", started.Refusal.Words);
    }

    private async Task<string> Planned(MachineNeeds? needs = null)
    {
        var run = await compute.Ordered(needs: needs);
        var order = await compute.Runs.ReadAsync<WorkOrder>(BlobPaths.Order(run, 1), default);
        await compute.Runs.WriteAsync(BlobPaths.Plan(run), order.Plan, default);
        await compute.Runs.WriteAsync(BlobPaths.DatasetReport(run), order.Dataset, default);
        return run;
    }

    private Task<StartedTrainer> Start(string run) => new StartTrainer(
        compute.Runs, compute.Trainers(Azure), Microsoft.Extensions.Options.Options.Create(new TuningOptions()), Microsoft.Extensions.Options.Options.Create(AzureCompute.Settings()))
        .Run(new(run, 1, MicroBatchRows: 4), default);
}
