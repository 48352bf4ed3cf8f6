using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ServerlessTuning.Cli;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.EndToEnd.Tests;

/// <summary>The three ways of use, on a real storage emulator, the real app and the real trainer.</summary>
[Collection(nameof(RunningStack))]
public sealed class DropTests(RunningStack running)
{
    private static readonly object Quick = new { hyperparameters = new { maxSteps = 6, checkpointEverySteps = 3, contextLength = 128, batchTokens = 512 }, gate = new { minimumImprovement = -1 } };

    [Fact]
    public async Task A_dropped_file_starts_a_run_within_five_seconds_and_publishes()
    {
        var folder = SmallDatasets.Sums(200, Quick);
        var clock = Stopwatch.StartNew();

        var id = await running.Drop(folder, "dropped");

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        var run = await running.Ended(id);
        Assert.Equal(Outcome.Published, run.Result?.Outcome);
        Assert.Equal(1, run.Result?.Version);
    }

    [Fact]
    public async Task The_same_dataset_dropped_again_publishes_the_next_version_and_the_sums_hold()
    {
        var folder = SmallDatasets.Sums(200, Quick, seed: 2);
        await running.Ended(await running.Drop(folder, "twice"));

        var second = await running.Ended(await running.Drop(folder, "twice"));

        Assert.Equal(2, second.Result?.Version);
        var models = new PublishedModels(running.Stack.Blobs);
        var manifest = await models.Find("twice");
        Assert.Equal(2, manifest.Version);
        await models.Copy(manifest, Testing.Repository.NewFolder()); // throws when a sum is wrong
    }

    [Fact]
    public async Task A_run_started_over_http_is_accepted_at_once_and_shows_its_progress_in_the_durable_status()
    {
        await DropZone.Drop(running.Stack.Blobs, SmallDatasets.Sums(200, Quick, seed: 3), "posted", baseModel: null);
        using var http = new HttpClient { BaseAddress = running.Stack.Url };
        var request = new { dataset = "posted", hyperparameters = new { maxSteps = 60, contextLength = 128, batchTokens = 512 }, gate = new { minimumImprovement = -1 } };
        await http.GetAsync("health"); // the first request pays for the just-in-time compiler
        var clock = Stopwatch.StartNew();

        using var answer = await http.PostAsJsonAsync("runs", request);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromMilliseconds(500));
        var id = (await answer.Content.ReadFromJsonAsync<RunView>(TuningJson.Options))!.Id;
        Assert.Contains("train", await StagesShown(http, id));
        Assert.Equal(Outcome.Published, (await running.Ended(id)).Result?.Outcome);
    }

    /// <summary>Stages whose custom status also had step and loss, or no steps to show.</summary>
    private static async Task<HashSet<string>> StagesShown(HttpClient http, string id)
    {
        var stages = new HashSet<string>();
        while (true)
        {
            var state = (await http.GetFromJsonAsync<JsonObject>($"runtime/webhooks/durabletask/instances/{id}"))!;
            if (state["customStatus"] is JsonObject status && (status["stage"]?.GetValue<string>() != "train" || status["loss"] is not null))
            {
                stages.Add(status["stage"]!.GetValue<string>());
            }

            if (state["runtimeStatus"]?.GetValue<string>() is not ("Pending" or "Running"))
            {
                return stages;
            }

            await Task.Delay(100);
        }
    }
}
