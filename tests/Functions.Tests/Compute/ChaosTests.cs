using System.Net.Http.Json;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Testing.Azure;

namespace ServerlessTuning.Functions.Tests.Compute;

/// <summary>
/// Runs while everything goes wrong that a seed draws: no capacity, no quota, throttling, server errors, lost answers, machines that fail late, go slowly or are
/// taken away, people who pause, cancel and terminate. Each ends in a declared state, leaves nothing, and costs what it reports and no more than it may. Twelve runs;
/// <c>TUNING_LONG_TESTS=1</c> does three hundred.
/// </summary>
public sealed class ChaosTests(AzureApp app) : IClassFixture<AzureApp>
{
    private const int Steps = 15;

    /// <summary>What the reported cost may be ahead of the real one: the app counts from before its request until it has seen the end.</summary>
    private const double SlackSeconds = 8;

    /// <summary>The sweeper's timer, at this test's pace.</summary>
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(4);

    private readonly Lock gate = new();
    private readonly Random random = new(20261121);

    [Fact]
    public async Task Every_run_ends_in_a_declared_state_and_nothing_is_left_over()
    {
        var isLong = Environment.GetEnvironmentVariable("TUNING_LONG_TESTS") == "1";
        var count = isLong ? 300 : 12;
        app.Azure.Work = new ScriptedTrainer(app.Azure, app.Blobs, Steps, TimeSpan.FromMilliseconds(150), Mishap).Work;
        await app.Drop("chaos", "train.jsonl", RunningApp.Chats(60));
        await app.Ended("chaos", 1);
        SetFaults();
        using var lanes = new SemaphoreSlim(count > 100 ? 8 : 4);

        using var sweeping = new CancellationTokenSource();
        var sweeps = Sweep(sweeping.Token);
        var ends = await Task.WhenAll(Enumerable.Range(0, count).Select(async _ =>
        {
            await lanes.WaitAsync();
            try
            {
                return await OneRun();
            }
            finally
            {
                lanes.Release();
            }
        }));

        sweeping.Cancel();
        await sweeps;
        (app.Azure.Faults.Refuse, app.Azure.Faults.LoseAnswer) = (_ => null, _ => false);
        await app.Sweep();
        Assert.Empty(app.Azure.Machines);
        Assert.Empty(app.Azure.Parts);
        List<string> wrong = [];
        foreach (var (run, budget) in ends)
        {
            wrong.AddRange(await MoneyAsync(run, budget));
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        var report = ends.GroupBy(end => $"{end.Run.RuntimeStatus} {end.Run.Result?.Outcome}").Select(group => $"{group.Key}: {group.Count()}");
        File.WriteAllLines(Path.Combine(Directory.CreateDirectory(Path.Combine(Testing.Repository.Root, ".tuning")).FullName, "chaos-report.txt"),
            [.. report, $"machines: {app.Azure.EveryMachine.Count}, cost by the fake: {app.Azure.Cost(AzureApp.PerHour):0.000}"]);
    }

    /// <summary>A sweep that fails is followed by the next, as a timer's is.</summary>
    private async Task Sweep(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await Task.Delay(SweepEvery, end).ContinueWith(_ => { }, TaskScheduler.Default);
            try
            {
                await app.Sweep();
            }
            catch (Azure.RequestFailedException)
            {
                // the next one
            }
        }
    }

    private async Task<(RunView Run, double? Budget)> OneRun()
    {
        double? budget = Chance(0.4) ? Between(0.13, 0.3) : null;
        var (pause, cancel, terminate) = (Chance(0.2), Chance(0.1), Chance(0.1));
        var id = (await app.Post("chaos", new { budget = new { maxCost = budget } })).Id;
        if (pause || cancel || terminate)
        {
            await Task.Delay(Between(1000, 5000));
            if (terminate)
            {
                await Terminate(id);
            }
            else
            {
                using var told = await app.Http.PostAsync($"runs/{id}/{(pause ? "pause" : "cancel")}", null);
            }
        }

        for (var clock = System.Diagnostics.Stopwatch.StartNew(); ;)
        {
            var run = await app.Get(id);
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(4), $"{id} does not end: {run}");
            if (run.Result is not null)
            {
                Assert.True(run.RuntimeStatus is "Completed" or "Terminated", $"{run}");
                Assert.True(run.Result.Outcome is not Outcome.Failed || run.Result.Reason!.Contains("No machine can be had", StringComparison.Ordinal), run.Result.Reason);
                return (run, budget);
            }

            if (run.Status is { Stage: "paused" } paused)
            {
                (budget, var answer) = budget is not null && Chance(0.7) ? (Math.Max(budget.Value, (paused.Bill?.Cost ?? 0) * 1.3) + 0.3, "resume") : (budget, budget is null ? "resume" : "cancel");
                using var told = await app.Http.PostAsJsonAsync($"runs/{id}/{answer}", answer == "resume" && budget is not null ? new { maxCost = budget } : new object());
            }

            await Task.Delay(300);
        }
    }

    /// <summary>A run that has ended meanwhile cannot be terminated any more, and says so.</summary>
    private async Task Terminate(string id)
    {
        try
        {
            await app.Services.GetRequiredService<DurableTaskClient>().TerminateInstanceAsync(id, "from outside");
        }
        catch (InvalidOperationException)
        {
            Assert.NotNull((await app.Get(id)).Result);
        }
    }

    /// <returns>What is wrong with the run's money, with what its machines did.</returns>
    private async Task<IReadOnlyList<string>> MoneyAsync(RunView run, double? budget)
    {
        var reported = (await app.Get(run.Id)).Result?.Bill?.Cost ?? 0;
        var mine = app.Azure.EveryMachine.Where(machine => machine.Tag(MachineTags.Run) == run.Id).ToList();
        var real = app.Azure.Cost(AzureApp.PerHour, machine => machine.Tag(MachineTags.Run) == run.Id);
        var slack = mine.Sum(machine => AzureApp.PerHour(machine) * (SlackSeconds + (run.RuntimeStatus == "Terminated" ? SweepEvery.TotalSeconds : 0)) / 3600);
        if (reported - real >= -1e-6 && reported - real <= slack + 1e-6 && real <= (budget ?? double.MaxValue))
        {
            return [];
        }

        var machines = mine.OrderBy(machine => machine.BilledFrom).Select(machine => $"  by the fake: {machine.Name} {machine.Size} {machine.BilledFrom:mm:ss.fff} to {machine.BilledUntil:mm:ss.fff}, allocated {machine.WasAllocated}, {machine.ProvisioningState}");
        var known = (await app.Services.GetRequiredService<MachineLogs>().AllAsync(run.Id, default)).Select(pair => $"  by the app: {pair.Attempt} {pair.Machine.Name} {pair.Machine.From:mm:ss.fff} to {pair.Machine.To:mm:ss.fff} {pair.Machine.Failure}");
        var events = (await app.Blobs.GetBlobContainerClient(BlobPaths.Runs).GetBlobClient(BlobPaths.Events(run.Id)).DownloadContentAsync()).Value.Content.ToString();
        return [$"{run.Id} {run.RuntimeStatus} {run.Result?.Outcome}: cost {real:0.0000}, reported {reported:0.0000}, allowed {slack:0.0000} more, budget {budget:0.0000}", .. machines, .. known, events];
    }

    /// <summary>What happens to a machine while it works: nothing, an eviction with or without notice, or it hangs.</summary>
    private async Task Mishap(FakeMachine machine)
    {
        if (Chance(0.3))
        {
            await Task.Delay(Between(100, 3000));
            await app.Azure.Evict(machine.Name, Chance(0.5) ? TimeSpan.FromSeconds(0.5) : TimeSpan.Zero);
        }
        else if (Chance(0.05))
        {
            using var http = app.Azure.CreateClient();
            http.DefaultRequestHeaders.Add("Authorization", $"Bearer {FakeResourceManager.AppToken}");
            using var answer = await http.PostAsync(new Uri(app.Azure.Uri, $"{machine.Id}/powerOff?api-version=2024-07-01"), null);
        }
    }

    private void SetFaults()
    {
        var faults = app.Azure.Faults;
        faults.Refuse = request => request.Method switch
        {
            "PUT" when request.Size is not null && Chance(0.25) => Chance(0.5) ? FakeError.NoCapacity : FakeError.NoQuota,
            _ when Chance(0.02) => FakeError.TooMany,
            _ when Chance(0.03) => FakeError.Broken,
            _ => null,
        };
        faults.FailLate = _ => Chance(0.1) ? Chance(0.5) ? FakeError.NoCapacityLate : FakeError.NotUp : null;
        faults.LoseAnswer = request => request.Method is "PUT" or "DELETE" && Chance(0.05);
        faults.CreationTime = () => TimeSpan.FromMilliseconds(Between(50, 800));
        faults.DeletionTime = () => TimeSpan.FromMilliseconds(Between(50, 1500));
        faults.ClockSkew = TimeSpan.FromMinutes(7);
    }

    private bool Chance(double share)
    {
        lock (gate)
        {
            return random.NextDouble() < share;
        }
    }

    private double Between(double least, double most)
    {
        lock (gate)
        {
            return least + (most - least) * random.NextDouble();
        }
    }

    private int Between(int least, int most) => (int)Between((double)least, most);
}
