using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Testing.Azure;

namespace ServerlessTuning.Functions.Tests.Compute;

public sealed class AzureTrainersTests(AzureCompute compute) : IClassFixture<AzureCompute>, IAsyncLifetime
{
    private FakeResourceManager Azure { get; } = new();

    public Task InitializeAsync() => compute.Forget();

    public async Task DisposeAsync() => await Azure.DisposeAsync();

    [Fact]
    public async Task A_trainers_machine_has_no_public_address_goes_with_all_its_parts_and_is_tagged()
    {
        var run = await compute.Ordered();

        await compute.Trainers(Azure).StartAsync(run, 1, default);

        var machine = Assert.Single(Azure.Machines);
        var network = machine.Body["properties"]!["networkProfile"]!["networkInterfaceConfigurations"]![0]!["properties"]!;
        Assert.Null(network["ipConfigurations"]![0]!["properties"]!["publicIPAddressConfiguration"]);
        Assert.EndsWith("/subnets/trainers", network["ipConfigurations"]![0]!["properties"]!["subnet"]!["id"]!.GetValue<string>());
        Assert.Equal("UserAssigned", machine.Body["identity"]!["type"]!.GetValue<string>());
        Assert.Equal("Delete", machine.Body["properties"]!["evictionPolicy"]!.GetValue<string>());
        Assert.Equal("PT5M", machine.Body["properties"]!["scheduledEventsProfile"]!["terminateNotificationProfile"]!["notBeforeTimeout"]!.GetValue<string>());
        Assert.Equal("Local", machine.Body["properties"]!["storageProfile"]!["osDisk"]!["diffDiskSettings"]!["option"]!.GetValue<string>());
        Assert.Equal((run, "1", "serverless-tuning"), (machine.Tag(MachineTags.Run), machine.Tag(MachineTags.Attempt), machine.Tag(MachineTags.Owner)));
        Assert.True(DateTimeOffset.Parse(machine.Tag(MachineTags.Expires)!) > TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public async Task The_machine_is_told_its_order_its_storage_and_itself_and_no_secret()
    {
        var run = await compute.Ordered();

        await compute.Trainers(Azure).StartAsync(run, 1, default);

        var machine = Assert.Single(Azure.Machines);
        Assert.StartsWith("#!/bin/bash\n", machine.CustomData);
        Assert.Contains($"order='{run}/attempts/1/order.json'\n", machine.CustomData);
        Assert.Contains($"machine='{machine.Id}'\n", machine.CustomData);
        Assert.Contains("storage='https://account.blob.core.windows.net/'\n", machine.CustomData);
        Assert.DoesNotContain("AccountKey", machine.CustomData);
        Assert.DoesNotContain("sig=", machine.CustomData);
    }

    [Fact]
    public async Task Two_starts_of_the_same_attempt_at_the_same_time_make_one_machine()
    {
        var run = await compute.Ordered();
        Azure.Faults.CreationTime = () => TimeSpan.FromMilliseconds(300);

        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => compute.Trainers(Azure).StartAsync(run, 1, default)));

        Assert.Single(Azure.EveryMachine);
        Assert.Single((await compute.Logs.ReadAsync(run, 1, default)).Log.Machines);
    }

    [Fact]
    public async Task Two_starts_that_are_refused_agree_on_the_next_machine()
    {
        var run = await compute.Ordered();
        Azure.Faults.FailLate = machine => machine.IsSpot ? FakeError.NoCapacityLate : null;

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => compute.Trainers(Azure).StartAsync(run, 1, default)));

        Assert.Single(Azure.Machines);
        Assert.Equal("Standard_NC4as_T4_v3", Azure.Machines[0].Size);
    }

    [Fact]
    public async Task What_was_refused_is_passed_over_noted_and_not_asked_for_again_for_a_while()
    {
        Azure.Faults.Refuse = request => request is { Method: "PUT", Size: "Standard_NC4as_T4_v3" } ? request.IsSpot ? FakeError.NoCapacity : FakeError.NoQuota : null;
        var (first, second) = (await compute.Ordered(), await compute.Ordered());

        await compute.Trainers(Azure).StartAsync(first, 1, default);
        var asked = Azure.Requests.Count(request => request.StartsWith("PUT", StringComparison.Ordinal));
        await compute.Trainers(Azure).StartAsync(second, 1, default);

        Assert.All(Azure.Machines, machine => Assert.Equal("Standard_NC24ads_A100_v4", machine.Size));
        Assert.Equal(3, asked);
        Assert.Equal(4, Azure.Requests.Count(request => request.StartsWith("PUT", StringComparison.Ordinal)));
        var log = (await compute.Logs.ReadAsync(first, 1, default)).Log;
        Assert.Equal([FailureKind.Capacity, FailureKind.Quota, null], log.Machines.Select(machine => machine.Failure?.Kind));
        Assert.Contains("Spot", log.Machines[0].Failure!.Words, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Quotas", log.Machines[1].Failure!.Words);
    }

    [Fact]
    public async Task A_machine_that_fails_after_it_was_accepted_is_deleted_before_the_next_is_asked_for()
    {
        Azure.Faults.FailLate = machine => machine.IsSpot ? FakeError.NotUp : null;
        var run = await compute.Ordered();

        await compute.Trainers(Azure).StartAsync(run, 1, default);

        Assert.Single(Azure.Machines);
        Assert.Equal(2, Azure.EveryMachine.Count);
        var failed = (await compute.Logs.ReadAsync(run, 1, default)).Log.Machines[0];
        Assert.Equal((FailureKind.Machine, true), (failed.Failure!.Kind, failed.Failure.WasAllocated));
        Assert.NotNull(failed.To);
    }

    [Fact]
    public async Task Throttling_server_errors_and_lost_answers_are_waited_out()
    {
        var (throttled, broken, lost) = (1, 2, 1);
        Azure.Faults.Refuse = request => request.Method != "PUT" ? null
            : Interlocked.Decrement(ref throttled) >= 0 ? FakeError.TooMany
            : Interlocked.Decrement(ref broken) >= 0 ? FakeError.Broken : null;
        Azure.Faults.LoseAnswer = request => request.Method == "PUT" && Interlocked.Decrement(ref lost) >= 0;
        var run = await compute.Ordered();
        var clock = System.Diagnostics.Stopwatch.StartNew();

        await compute.Trainers(Azure).StartAsync(run, 1, default);

        Assert.Single(Azure.EveryMachine);
        Assert.True(clock.Elapsed > TimeSpan.FromSeconds(0.9), "Retry-After said a second");
        Assert.True(await compute.Trainers(Azure).IsAliveAsync(run, 1, default));
    }

    [Fact]
    public async Task Without_rights_the_run_is_told_which_role_is_missing_and_nothing_else_is_tried()
    {
        var run = await compute.Ordered();

        var failure = await Assert.ThrowsAsync<NoMachineException>(() => compute.Trainers(Azure, token: FakeResourceManager.TrainerToken).StartAsync(run, 1, default));

        Assert.Equal(FailurePolicy.GiveUp, failure.Policy);
        Assert.Contains("Trainer operator", failure.Message);
        Assert.Empty(Azure.EveryMachine);
    }

    [Fact]
    public async Task When_everything_is_refused_every_refusal_is_named()
    {
        Azure.Faults.Refuse = request => request.Method == "PUT" ? FakeError.NoCapacity : null;
        var run = await compute.Ordered();

        var failure = await Assert.ThrowsAsync<NoMachineException>(() => compute.Trainers(Azure).StartAsync(run, 1, default));

        Assert.Equal(FailurePolicy.Later, failure.Policy);
        Assert.Contains("Standard_NC4as_T4_v3 spot", failure.Message);
        Assert.Contains("Standard_NC24ads_A100_v4 on demand", failure.Message);
    }

    [Fact]
    public async Task A_plan_that_fits_no_machine_says_what_it_needs()
    {
        var run = await compute.Ordered(needs: new(500, true, 1));

        var failure = await Assert.ThrowsAsync<NoMachineException>(() => compute.Trainers(Azure).StartAsync(run, 1, default));

        Assert.Contains("needs 500 GiB of GPU memory and bfloat16", failure.Message);
    }

    [Fact]
    public async Task Stopping_deletes_machine_disk_and_network_interface_however_often_it_is_asked()
    {
        var run = await compute.Ordered(needs: new(40, true, 1)); // the large one has a managed disk
        var trainers = compute.Trainers(Azure);
        await trainers.StartAsync(run, 1, default);
        Assert.Equal(2, Azure.Parts.Count);

        await Task.WhenAll(trainers.StopAsync(run, default), trainers.StopAsync(run, default));
        await trainers.StopAsync(run, default);

        Assert.Empty(Azure.Machines);
        Assert.Empty(Azure.Parts);
        Assert.NotNull((await compute.Logs.ReadAsync(run, 1, default)).Log.Machines[0].To);
    }

    [Fact]
    public async Task A_trainer_is_asked_to_leave_and_given_time_for_its_checkpoint()
    {
        var run = await compute.Ordered();
        var trainers = compute.Trainers(Azure);
        await trainers.StartAsync(run, 1, default);
        await compute.Runs.WriteAsync(BlobPaths.Heartbeat(run, 1), new Heartbeat(DateTimeOffset.UnixEpoch, Stage.Train, 1, 10, null, null, null, null), default);

        var stopping = trainers.StopAsync(run, default);
        await Task.Delay(700);
        Assert.Equal("running", Assert.Single(Azure.Machines).PowerState);
        Assert.NotNull(await compute.Runs.FindAsync<StopOrder>(BlobPaths.Stop(run, 1), default));
        await compute.Runs.WriteAsync(BlobPaths.Done(run, 1), new TrainerDone(1, ExitCodes.Interrupted), default);
        await stopping;

        Assert.Empty(Azure.Machines);
    }

    [Fact]
    public async Task An_evicted_a_switched_off_and_a_failed_machine_train_nothing()
    {
        var trainers = compute.Trainers(Azure);
        var (evicted, off) = (await compute.Ordered(), await compute.Ordered());
        await trainers.StartAsync(evicted, 1, default);
        await trainers.StartAsync(off, 1, default);

        await Azure.Evict(Azure.Machines.Single(machine => machine.Tag(MachineTags.Run) == evicted).Name, TimeSpan.Zero);
        using var http = Azure.CreateClient();
        http.DefaultRequestHeaders.Add("Authorization", $"Bearer {FakeResourceManager.AppToken}");
        await http.PostAsync(new Uri(Azure.Uri, $"{Azure.Machines.Single().Id}/powerOff?api-version=2023-07-01"), null);

        Assert.False(await trainers.IsAliveAsync(evicted, 1, default));
        Assert.False(await trainers.IsAliveAsync(off, 1, default));
        Assert.Equal([off], await trainers.ListExpiredAsync(default)); // what is switched off still costs
        Assert.True(Azure.Cost(_ => 1) > 0);
    }

    [Fact]
    public async Task Machines_of_others_are_never_listed_and_many_are_listed_over_all_pages()
    {
        var settings = AzureCompute.Settings("me");
        var runs = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            runs.Add(await compute.Ordered());
            await compute.Trainers(Azure, settings).StartAsync(runs[^1], 1, default);
        }

        await compute.Trainers(Azure, AzureCompute.Settings("somebody else")).StartAsync(await compute.Ordered(), 1, default);

        Assert.Equal(runs.Order(), (await compute.Trainers(Azure, settings).ListAsync(default)).Order());
    }

    [Fact]
    public async Task A_machine_that_is_taken_away_while_it_comes_up_is_counted_and_followed_by_the_next()
    {
        var run = await compute.Ordered();
        Azure.Work = machine => machine.IsSpot ? Azure.Evict(machine.Name, TimeSpan.Zero) : Task.CompletedTask;

        await compute.Trainers(Azure).StartAsync(run, 1, default);

        Assert.False(Assert.Single(Azure.Machines).IsSpot);
        var lost = (await compute.Logs.ReadAsync(run, 1, default)).Log.Machines[0];
        Assert.Contains("was taken away while it came up", lost.Failure!.Words);
        Assert.True(lost.Hours(TimeProvider.System.GetUtcNow()) > 0);
    }

    [Fact]
    public async Task What_a_machine_costs_is_known_to_some_seconds_and_ends_with_its_deletion()
    {
        var run = await compute.Ordered();
        var trainers = compute.Trainers(Azure);
        await trainers.StartAsync(run, 1, default);
        await Task.Delay(1000);
        await trainers.StopAsync(run, default);

        var bill = (await compute.Logs.BillAsync(run, default))!;
        await Task.Delay(300);

        Assert.Equal(bill, await compute.Logs.BillAsync(run, default));
        var real = Azure.Cost(_ => AzureCompute.Small.SpotPerHour);
        Assert.InRange(bill.Cost - real, 0, AzureCompute.Small.SpotPerHour * 3 / 3600);
        Assert.Equal(bill.Cost, bill.SavedBySpot, 6); // on demand costs twice as much
    }

    [Fact]
    public async Task Another_machine_is_not_started_when_its_start_and_end_could_use_up_the_budget()
    {
        var run = await compute.Ordered(budget: new(MaxCost: 0.01));

        var failure = await Assert.ThrowsAsync<BudgetException>(() => compute.Trainers(Azure).StartAsync(run, 1, default));

        Assert.Contains("0.01", failure.Message);
        Assert.Empty(Azure.EveryMachine);
    }

    [Fact]
    public async Task A_machine_that_takes_too_long_is_given_up_and_deleted()
    {
        Azure.Faults.CreationTime = () => TimeSpan.FromSeconds(Azure.EveryMachine.Count > 1 ? 0 : 30);
        var run = await compute.Ordered();
        var settings = AzureCompute.Settings();
        settings.StartMinutes = 0.02;

        await compute.Trainers(Azure, settings).StartAsync(run, 1, default);

        Assert.Single(Azure.Machines);
        Assert.Contains("did not come up within", (await compute.Logs.ReadAsync(run, 1, default)).Log.Machines[0].Failure!.Words);
    }

    [Fact]
    public async Task A_machine_that_is_taken_away_while_it_comes_up_is_followed_by_another()
    {
        Azure.Faults.CreationTime = () => TimeSpan.FromSeconds(Azure.EveryMachine.Count > 1 ? 0 : 0.7);
        var run = await compute.Ordered();

        var starting = compute.Trainers(Azure).StartAsync(run, 1, default);
        while (Azure.Machines.Count == 0)
        {
            await Task.Delay(10);
        }

        await Azure.Evict(Azure.Machines[0].Name, TimeSpan.Zero);
        await starting;

        Assert.Equal(MachineTags.Name(run, 1, nth: 1), Assert.Single(Azure.Machines).Name);
        Assert.Equal([FailureKind.Machine, null], (await compute.Logs.ReadAsync(run, 1, default)).Log.Machines.Select(machine => machine.Failure?.Kind));
    }

    [Fact]
    public async Task A_slow_deletion_is_waited_for_and_counted_and_one_whose_answer_is_lost_is_asked_for_again()
    {
        var (run, lost) = (await compute.Ordered(), 1);
        var trainers = compute.Trainers(Azure);
        await trainers.StartAsync(run, 1, default);
        Azure.Faults.DeletionTime = () => TimeSpan.FromSeconds(1.5);
        Azure.Faults.LoseAnswer = request => request.Method == "DELETE" && Interlocked.Decrement(ref lost) >= 0;

        await trainers.StopAsync(run, default);

        Assert.Empty(Azure.Machines);
        Assert.True(Azure.Requests.Count(request => request.StartsWith("DELETE", StringComparison.Ordinal)) > 1);
        Assert.True((await compute.Logs.BillAsync(run, default))!.Cost >= Azure.Cost(_ => AzureCompute.Small.SpotPerHour));
        Assert.True((await compute.Logs.BillAsync(run, default))!.Hours >= 1.5 / 3600);
    }

    [Fact]
    public async Task A_machine_whose_driver_did_not_come_up_is_followed_by_a_different_one()
    {
        var run = await compute.Ordered();
        var trainers = compute.Trainers(Azure);
        await trainers.StartAsync(run, 1, default);
        await compute.Runs.WriteAsync(BlobPaths.Done(run, 1), new TrainerDone(1, ExitCodes.NoDriver, "The GPU driver did not come up."), default);
        await trainers.StopAsync(run, default);

        await compute.Ordered(attempt: 2, run: run);
        await trainers.StartAsync(run, 2, default);

        Assert.Equal([true, false], Azure.EveryMachine.OrderBy(machine => machine.Tag(MachineTags.Attempt)).Select(machine => machine.IsSpot));
    }

    [Fact]
    public async Task A_clock_that_is_wrong_by_an_hour_changes_nothing()
    {
        Azure.Faults.ClockSkew = TimeSpan.FromHours(-1);
        var run = await compute.Ordered();
        var trainers = compute.Trainers(Azure);

        await trainers.StartAsync(run, 1, default);

        Assert.Empty(await trainers.ListExpiredAsync(default));
        await trainers.StopAsync(run, default);
        Assert.InRange((await compute.Logs.BillAsync(run, default))!.Hours, 0, 0.01);
    }
}
