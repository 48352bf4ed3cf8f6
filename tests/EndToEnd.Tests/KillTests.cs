using System.Diagnostics;
using System.Text.Json.Nodes;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.EndToEnd.Tests;

/// <summary>
/// kill -9 in a drawn stage of a run: of the app, of the trainer, of both. Every run must publish, and its adapter must have the
/// SHA-256 of an undisturbed run. Three runs by default; <c>TUNING_LONG_TESTS=1</c> does thirty, ten a victim, at least five of them inside a checkpoint's write.
/// </summary>
[Collection(nameof(RunningStack))]
public sealed class KillTests(RunningStack running)
{
    private const int Steps = 24, CheckpointEvery = 3;

    private static readonly object Request = new
    {
        hyperparameters = new { maxSteps = Steps, checkpointEverySteps = CheckpointEvery, contextLength = 128, batchTokens = 512 },
        method = new { rank = 16 },
        gate = new { minimumImprovement = -1 },
    };

    /// <summary>Where each victim dies. The trainer is not there while the app prepares and publishes.</summary>
    private static readonly (Victim Victim, Moment[] Moments)[] Matrix =
    [
        (Victim.App, [Moment.Preparing, Moment.Starting, Moment.Train, Moment.Evaluate, Moment.Export, Moment.Publishing, Moment.Preparing, Moment.Train, Moment.Publishing, Moment.Export]),
        (Victim.Trainer, [Moment.Writing, Moment.Starting, Moment.Writing, Moment.Evaluate, Moment.Writing, Moment.Export, Moment.Writing, Moment.Train, Moment.Evaluate, Moment.Writing]),
        (Victim.Both, [Moment.Train, Moment.Writing, Moment.Evaluate, Moment.Export, Moment.Starting, Moment.Train, Moment.Writing, Moment.Export, Moment.Evaluate, Moment.Train]),
    ];

    private static bool Long => Environment.GetEnvironmentVariable("TUNING_LONG_TESTS") == "1";

    public enum Victim
    {
        App,
        Trainer,
        Both,
    }

    public enum Moment
    {
        Preparing,
        Starting,
        Train,

        /// <summary>Training, inside a checkpoint's write.</summary>
        Writing,
        Evaluate,
        Export,
        Publishing,
        Done,
    }

    [Fact]
    public async Task A_run_that_is_killed_once_publishes_the_same_adapter_as_an_undisturbed_run()
    {
        var folder = SmallDatasets.Sums(200, Request, seed: 7);
        var undisturbed = await Adapter(await running.Ended(await running.Drop(folder, "kill")));
        var random = new Random(20261121);
        var report = new List<string>();
        var (hits, insideWrites) = (0, 0);

        foreach (var (victim, moment) in Enumerable.Range(0, Long ? 10 : 1).SelectMany(i => Matrix.Select(row => (row.Victim, row.Moments[i]))))
        {
            for (var hit = false; !hit && report.Count < 60;)
            {
                var id = await running.Drop(folder, "kill");
                var found = await Kill(id, victim, moment, random);
                var run = await running.Ended(id);
                hit = found == moment;
                hits += hit ? 1 : 0;
                insideWrites += found == Moment.Writing ? 1 : 0;
                report.Add($"{victim} aimed at {moment}, found {found}: {run.Result?.Outcome} {run.Result?.Reason}");
                Assert.True(run.Result?.Outcome == Outcome.Published, string.Join('\n', report));
                Assert.Equal(undisturbed, await Adapter(run));
            }
        }

        File.WriteAllLines(Path.Combine(Directory.CreateDirectory(Path.Combine(Testing.Repository.Root, ".tuning")).FullName, "kill-report.txt"), report);
        Assert.True(hits == (Long ? 30 : 3) && (!Long || insideWrites >= 5), $"{hits} deaths hit their moment, {insideWrites} a checkpoint's write:\n{string.Join('\n', report)}");
    }

    /// <summary>Waits for the moment, kills, and brings back what a person (or Azure) would bring back: the app.</summary>
    /// <returns>The moment in which the victim died.</returns>
    private async Task<Moment> Kill(string id, Victim victim, Moment aim, Random random)
    {
        Moment now;
        while ((now = await MomentOf(id)) < aim)
        {
            id = now == Moment.Preparing ? (await running.Runs.Get(id)).Result?.SameAs ?? id : id; // the drop's other file may have started the run that counts
        }

        if (aim is Moment.Preparing or Moment.Train)
        {
            await Task.Delay(random.Next(aim == Moment.Preparing ? 1500 : 1000)); // these take their time
            now = await MomentOf(id);
        }

        if (victim is Victim.Trainer or Victim.Both && TrainerOf(id) is { } trainer)
        {
            trainer.Kill();
            await trainer.WaitForExitAsync();
            now = now == Moment.Writing && UnfinishedCheckpoint(id) is null ? Moment.Train : now;
        }

        if (victim is Victim.App or Victim.Both)
        {
            await running.KillAppAndStartAgain();
        }

        return now == Moment.Writing && aim == Moment.Train ? aim : now;
    }

    /// <summary>As the trainer's own log on this machine tells, which is there at once; before and after the trainer, as the API tells.</summary>
    private async Task<Moment> MomentOf(string id)
    {
        var log = Directory.Exists(Work(id)) ? string.Concat(Directory.GetFiles(Work(id), "trainer-*.log").Select(ReadShared)) : "";
        return log switch
        {
            _ when log.Contains("All stages are done.", StringComparison.Ordinal) => (await running.Runs.Get(id)).Result is null ? Moment.Publishing : Moment.Done,
            _ when log.Contains("Held-out loss", StringComparison.Ordinal) => Moment.Export,
            _ when log.Contains($"/{Steps:D6}-e", StringComparison.Ordinal) => Moment.Evaluate,
            _ when UnfinishedCheckpoint(id) is not null => Moment.Writing,
            _ when log.Contains("Training ", StringComparison.Ordinal) => Moment.Train,
            _ when TrainerOf(id) is not null => Moment.Starting,
            _ => (await running.Runs.Get(id)).Result is { SameAs: null } ? Moment.Done : Moment.Preparing,
        };
    }

    /// <summary>A checkpoint is written into a folder that is renamed when it is whole.</summary>
    private string? UnfinishedCheckpoint(string id) =>
        Directory.Exists(Work(id)) ? Directory.EnumerateDirectories(Work(id), "*.partial", SearchOption.AllDirectories).FirstOrDefault() : null;

    private Process? TrainerOf(string id)
    {
        try
        {
            return Process.GetProcessById(JsonNode.Parse(ReadShared(Path.Combine(Work(id), "trainer.lock")))!["pid"]!.GetValue<int>());
        }
        catch (Exception e) when (e is IOException or ArgumentException or System.Text.Json.JsonException)
        {
            return null; // not started yet, or gone
        }
    }

    private string Work(string id) => Path.Combine(running.Stack.Work, id);

    private static string ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return new StreamReader(file).ReadToEnd();
    }

    private async Task<string> Adapter(RunView run)
    {
        Assert.True(run.Result?.Outcome == Outcome.Published, $"{run.Result?.Outcome}: {run.Result?.Reason}");
        var manifest = (await running.Stack.Blobs.GetBlobContainerClient(BlobPaths.Models).GetBlobClient($"{run.Result!.Path}manifest.json").DownloadContentAsync())
            .Value.Content.ToObjectFromJson<Manifest>(TuningJson.Options)!;
        return manifest.Files.Single(file => file.Path == "adapter/adapter_model.safetensors").Sha256;
    }
}
