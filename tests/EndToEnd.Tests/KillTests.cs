using System.Diagnostics;
using System.Text.Json.Nodes;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.EndToEnd.Tests;

/// <summary>
/// kill -9 at a seeded moment of a run: of the app, of the trainer, of both. Every run must publish, and its adapter must have the
/// SHA-256 of an undisturbed run. Three runs by default; <c>./test --long</c> does thirty, ten a victim, five of them inside a checkpoint's write.
/// </summary>
[Collection(nameof(RunningStack))]
public sealed class KillTests(RunningStack running)
{
    private static readonly object Request = new
    {
        hyperparameters = new { maxSteps = 24, checkpointEverySteps = 3, contextLength = 128, batchTokens = 512 },
        method = new { rank = 64 },
        gate = new { minimumImprovement = -1 },
    };

    private static bool Long => Environment.GetEnvironmentVariable("TUNING_LONG_TESTS") == "1";

    public enum Victim
    {
        App,
        Trainer,
        Both,
    }

    [Fact]
    public async Task A_run_that_is_killed_once_publishes_the_same_adapter_as_an_undisturbed_run()
    {
        var folder = SmallDatasets.Sums(200, Request, seed: 7);
        await running.Ended(await running.Drop(folder, "kill")); // the first run pays for the just-in-time compiler
        var clock = Stopwatch.StartNew();
        var undisturbed = await Adapter(await running.Ended(await running.Drop(folder, "kill")));
        var duration = clock.Elapsed;
        var random = new Random(20261121);
        var report = new List<string>();
        var insideWrites = 0;

        for (var i = 0; i < (Long ? 30 : 3); i++)
        {
            var victim = (Victim)(i % 3);
            var insideWrite = i % 3 == 1; // the trainer's deaths aim at a checkpoint's write
            var id = await running.Drop(folder, "kill");
            var hit = insideWrite ? await KillInsideWrite(id) : await KillAt(id, victim, random.NextDouble() * duration);
            insideWrites += hit.InsideWrite ? 1 : 0;
            var run = await running.Ended(id);
            report.Add($"{i}: {victim} at {hit.Stage}{(hit.InsideWrite ? " inside a checkpoint's write" : "")}: {run.Result?.Outcome} {run.Result?.Reason}");
            Assert.True(run.Result?.Outcome == Outcome.Published, string.Join('\n', report));
            Assert.Equal(undisturbed, await Adapter(run));
        }

        File.WriteAllLines(Path.Combine(Testing.Repository.Root, ".tuning", "kill-report.txt"), report);
        Assert.True(!Long || insideWrites >= 5, $"only {insideWrites} deaths fell into a checkpoint's write:\n{string.Join('\n', report)}");
    }

    private sealed record Hit(string Stage, bool InsideWrite);

    /// <param name="after">A share of the time that an undisturbed run takes.</param>
    /// <summary>Waits, kills, and brings back what a person (or Azure) would bring back: the app.</summary>
    private async Task<Hit> KillAt(string id, Victim victim, TimeSpan after)
    {
        await Task.Delay(after);
        var stage = (await running.Runs.Get(id)).Status?.Stage ?? "preparing";
        if (victim is Victim.Trainer or Victim.Both && TrainerOf(id) is { } trainer)
        {
            trainer.Kill();
        }

        if (victim is Victim.App or Victim.Both)
        {
            await running.KillAppAndStartAgain();
        }

        return new(stage, InsideWrite: false);
    }

    /// <summary>Kills the trainer when a checkpoint's folder has appeared but is not finished yet.</summary>
    private async Task<Hit> KillInsideWrite(string id)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(60))
        {
            if (UnfinishedCheckpoint(id) is not null && TrainerOf(id) is { } trainer)
            {
                trainer.Kill();
                await trainer.WaitForExitAsync();
                return new("train", UnfinishedCheckpoint(id) is not null);
            }

            Thread.SpinWait(200);
        }

        return new("never", InsideWrite: false);
    }

    /// <summary>A checkpoint is written into a folder that is renamed when it is whole.</summary>
    private string? UnfinishedCheckpoint(string id)
    {
        var work = Path.Combine(running.Stack.Work, id);
        return Directory.Exists(work) ? Directory.EnumerateDirectories(work, "*.partial", SearchOption.AllDirectories).FirstOrDefault() : null;
    }

    private Process? TrainerOf(string id)
    {
        try
        {
            using var file = new FileStream(Path.Combine(running.Stack.Work, id, "trainer.lock"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Process.GetProcessById(JsonNode.Parse(file)!["pid"]!.GetValue<int>());
        }
        catch (Exception e) when (e is IOException or ArgumentException or System.Text.Json.JsonException)
        {
            return null; // not started yet, or gone
        }
    }

    private async Task<string> Adapter(RunView run)
    {
        Assert.True(run.Result?.Outcome == Outcome.Published, $"{run.Result?.Outcome}: {run.Result?.Reason}");
        var manifest = (await running.Stack.Blobs.GetBlobContainerClient(BlobPaths.Models).GetBlobClient($"{run.Result!.Path}manifest.json").DownloadContentAsync())
            .Value.Content.ToObjectFromJson<Manifest>(TuningJson.Options)!;
        return manifest.Files.Single(file => file.Path == "adapter/adapter_model.safetensors").Sha256;
    }
}
