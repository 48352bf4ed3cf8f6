using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Testing.Azure;

namespace ServerlessTuning.Functions.Tests.Compute;

public sealed class KeepOnErrorTests(AzureCompute compute) : IClassFixture<AzureCompute>, IAsyncLifetime
{
    private FakeResourceManager Azure { get; } = new();

    public Task InitializeAsync() => compute.Forget();

    public async Task DisposeAsync() => await Azure.DisposeAsync();

    [Fact]
    public async Task The_machine_of_a_failed_attempt_stays_for_a_person_and_its_whole_stay_is_counted()
    {
        var (run, trainers) = (await compute.Ordered(), Keeping(TimeSpan.FromHours(1)));
        await trainers.StartAsync(run, 1, default);

        await Fail(run, 1);
        await trainers.StopAsync(run, default);
        await trainers.StopAsync(run, default);

        var machine = Assert.Single(Azure.Machines);
        var until = DateTimeOffset.Parse(machine.Tag(MachineTags.Expires)!);
        Assert.InRange((until - TimeProvider.System.GetUtcNow()).TotalMinutes, 59, 60);
        Assert.Equal("running", machine.PowerState);
        var bill = (await compute.Logs.BillAsync(run, default))!;
        Assert.InRange(bill.Hours, 62.0 / 60, 63.0 / 60); // until the sweeper has looked and Azure has deleted it
        Assert.Equal((machine.Name, 0.0), (bill.Kept!.Name, bill.PerHour));
        var events = (await compute.Blobs.GetBlobContainerClient(BlobPaths.Runs).GetBlobClient(BlobPaths.Events(run)).DownloadContentAsync()).Value.Content.ToString();
        Assert.Contains($"its machine {machine.Name} stays until {until:u}", events);
        Assert.Contains("az vm run-command invoke", events);
    }

    [Fact]
    public async Task A_kept_machine_is_no_trainer_and_leaves_its_run_alone_when_its_time_is_over()
    {
        var (run, trainers) = (await compute.Ordered(), Keeping(TimeSpan.FromHours(1)));
        await trainers.StartAsync(run, 1, default);
        await Fail(run, 1);
        await trainers.StopAsync(run, default);
        var kept = Azure.Machines.Single();
        Assert.Empty(await trainers.ListAsync(default));

        await compute.Ordered(attempt: 2, run: run);
        await trainers.StartAsync(run, 2, default);
        await trainers.EndKeptAsync(default);
        Assert.Equal(2, Azure.Machines.Count);
        kept.Body["tags"]![MachineTags.Expires] = "2020-01-01T00:00:00.0000000Z";
        Assert.Empty(await trainers.ListExpiredAsync(default));
        await trainers.EndKeptAsync(default);

        Assert.Equal("2", Assert.Single(Azure.Machines).Tag(MachineTags.Attempt));
        Assert.True(await trainers.IsAliveAsync(run, 2, default));
        Assert.InRange((await compute.Logs.BillAsync(run, default))!.Hours, 0, 0.02); // what it did not stay is given back
    }

    [Fact]
    public async Task Of_two_failed_attempts_the_later_ones_machine_stays()
    {
        var (run, trainers) = (await compute.Ordered(), Keeping(TimeSpan.FromHours(1)));
        foreach (var attempt in new[] { 1, 2 })
        {
            await compute.Ordered(attempt, run: run);
            await trainers.StartAsync(run, attempt, default);
            await Fail(run, attempt);
            await trainers.StopAsync(run, default);
        }

        Assert.Equal("2", Assert.Single(Azure.Machines).Tag(MachineTags.Attempt));
        Assert.InRange((await compute.Logs.BillAsync(run, default))!.Hours, 1, 1.1);
    }

    [Theory]
    [InlineData(1, 0.02)] // 6 minutes are left, of which half may be used, the end included
    [InlineData(0.6, null)]
    public async Task It_stays_no_longer_than_half_of_what_is_left_of_the_budget_lasts(double budget, double? hours)
    {
        var (run, trainers) = (await compute.Ordered(budget: new(MaxCost: budget)), Keeping(TimeSpan.FromHours(1)));
        await trainers.StartAsync(run, 1, default);

        await Fail(run, 1);
        await trainers.StopAsync(run, default);

        Assert.Equal(hours is not null, Azure.Machines.Count == 1);
        Assert.InRange((await compute.Logs.BillAsync(run, default))!.Cost, 0, budget * 0.6);
        if (hours is { } most)
        {
            Assert.InRange((DateTimeOffset.Parse(Azure.Machines[0].Tag(MachineTags.Expires)!) - TimeProvider.System.GetUtcNow()).TotalHours, 0, most);
        }
    }

    [Theory]
    [InlineData(ExitCodes.Done, 60)]
    [InlineData(ExitCodes.Interrupted, 60)]
    [InlineData(null, 60)]
    [InlineData(ExitCodes.Failed, 0)]
    public async Task A_machine_that_did_not_fail_is_deleted_and_so_is_every_one_without_the_setting(int? exitCode, double minutes)
    {
        var (run, trainers) = (await compute.Ordered(), Keeping(TimeSpan.FromMinutes(minutes)));
        await trainers.StartAsync(run, 1, default);

        if (exitCode is { } code)
        {
            await Fail(run, 1, code);
        }

        await trainers.StopAsync(run, default);

        Assert.Empty(Azure.Machines);
    }

    private AzureTrainers Keeping(TimeSpan stay)
    {
        var settings = AzureCompute.Settings();
        settings.KeepOnError = stay;
        return compute.Trainers(Azure, settings);
    }

    private Task Fail(string run, int attempt, int exitCode = ExitCodes.Failed) =>
        compute.Runs.WriteAsync(BlobPaths.Done(run, attempt), new TrainerDone(attempt, exitCode, "something broke"), default);
}
