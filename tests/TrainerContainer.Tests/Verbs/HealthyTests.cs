using System.Diagnostics;
using ServerlessTuning.Contracts;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Storage;
using ServerlessTuning.Trainer.Tests.Stages;

namespace ServerlessTuning.Trainer.Tests.Verbs;

/// <summary>What the image's health check asks, as the program that it runs.</summary>
public sealed class HealthyTests
{
    [Fact]
    public async Task A_trainer_that_works_is_healthy_and_one_that_ended_grows_stale()
    {
        await using var run = await TinyRun.Create(TinyRun.Order(steps: 100_000, checkpointEvery: 100_000));
        using var trainer = run.Start();
        await run.Until(async () => await run.Store.ReadJson<Heartbeat>(BlobPaths.Runs, BlobPaths.Heartbeat(TinyRun.Id, 1), default) is not null, "the first heartbeat");

        var working = await Healthy(run.Work);
        trainer.Kill();
        await run.Ended(trainer);
        File.SetLastWriteTimeUtc(Path.Combine(run.Work, "alive"), TimeProvider.System.GetUtcNow().UtcDateTime - TimeSpan.FromMinutes(6));
        var dead = await Healthy(run.Work);

        Assert.True(working.ExitCode == 0, working.Said);
        Assert.Matches(@"^The last sign of life is \d+ s old\.", working.Said);
        Assert.NotEqual(0, dead.ExitCode);
        Assert.Contains("The last sign of life is 36", dead.Said, StringComparison.Ordinal);
        Assert.Contains("more than 300 s", dead.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_no_trainer_has_run_nothing_is_healthy()
    {
        var (exit, said) = await Healthy(Repository.NewFolder());

        Assert.NotEqual(0, exit);
        Assert.Contains("no trainer has run here", said, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Said)> Healthy(string work)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [TinyRun.TrainerPath, "healthy"]) { RedirectStandardOutput = true, Environment = { ["Tuning__Work"] = work } })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, said);
    }
}
