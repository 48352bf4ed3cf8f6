using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using ServerlessTuning.Cli;
using ServerlessTuning.Contracts;
using ServerlessTuning.Recipes;
using ServerlessTuning.Testing;

namespace ServerlessTuning.EndToEnd.Tests;

/// <summary>
/// The samples of the other tasks, from their folders to published models: with fewer steps, or as they stand when the long tests are asked for.
/// </summary>
[Collection(nameof(RunningStack))]
public sealed class TaskSampleTests(RunningStack running)
{
    private static readonly string Samples = Path.Combine(Repository.Root, "samples", "datasets");

    private static bool IsLong => Environment.GetEnvironmentVariable("TUNING_LONG_TESTS") == "1";

    [Fact]
    public async Task Mails_are_told_from_spam()
    {
        var report = await Tuned("spam", steps: 120);

        var bayes = Bayes(Path.Combine(Samples, "spam"));
        Assert.InRange(bayes, 0.95, 0.98);
        Assert.True(report.Tuned.Accuracy >= (IsLong ? bayes : 0.85), $"tuned {report.Tuned.Accuracy:0.0000}, naive Bayes {bayes:0.0000}");
        Assert.Equal(["ham", "spam"], report.Tuned.ByLabel!.Select(label => label.Label));
    }

    [Fact]
    public async Task An_encoder_decoder_answers_with_a_word()
    {
        var report = await Tuned("spam-as-text", steps: 260);

        Assert.True(report.Tuned.Loss < report.Base.Loss / 4, $"{report.Base.Loss} -> {report.Tuned.Loss}");
        Assert.Contains(report.Samples, sample => sample.Tuned is "spam" or "ham");
    }

    [Fact]
    public async Task The_preferred_answers_get_the_higher_reward()
    {
        var report = await Tuned("verse-preferences", steps: 30);

        Assert.Equal(0.5, report.Base.Accuracy);
        Assert.True(report.Tuned.Accuracy > 0.8, $"{report.Tuned.Accuracy}");
        Assert.True(report.Tuned.Reward > 0, $"margin {report.Tuned.Reward}");
    }

    [Fact]
    public async Task A_regular_expression_rewards_and_the_rewards_rise()
    {
        var report = await Tuned("brief-answers", steps: 24);

        Assert.True(report.Tuned.Reward > report.Base.Reward + 0.1, $"{report.Base.Reward} -> {report.Tuned.Reward}");
    }

    [Fact]
    public async Task A_published_adapter_goes_on_learning()
    {
        var first = await Tuned("verses", steps: 40, request => request["model"] = "first-verses");
        var again = await Tuned("verses-again", steps: 20, request => (request["model"], request["method"]!["from"]) = ("first-verses", "first-verses@1"));

        Assert.Equal(first.Tuned.Loss, again.Base.Loss, 3); // it begins where the published one ended
        Assert.True(again.Tuned.Loss < again.Base.Loss, $"{again.Base.Loss} -> {again.Tuned.Loss}");
    }

    private async Task<EvaluationReport> Tuned(string sample, int steps, Action<JsonObject>? change = null)
    {
        var folder = Reduced(Path.Combine(Samples, sample), steps, change);
        await DropZone.UploadSampleBase(running.Stack.Blobs, Path.Combine(Repository.Root, "samples", "models"), folder);
        var run = await running.Ended(await running.Drop(folder, $"{sample}-sample"));
        Assert.True(run.Result?.Outcome == Outcome.Published, $"{run.Result?.Reason} {string.Join('\n', run.Result?.Problems ?? [])}");
        var blob = running.Stack.Blobs.GetBlobContainerClient(BlobPaths.Runs).GetBlobClient(BlobPaths.Evaluation(run.Id));
        return (await blob.DownloadContentAsync()).Value.Content.ToObjectFromJson<EvaluationReport>(TuningJson.Options)!;
    }

    private static string Reduced(string sample, int steps, Action<JsonObject>? change)
    {
        var folder = Repository.NewFolder();
        foreach (var file in Directory.GetFiles(sample))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        var request = JsonNode.Parse(File.ReadAllText(Path.Combine(sample, "tuning.json")))!.AsObject();
        if (!IsLong)
        {
            request["hyperparameters"] ??= new JsonObject();
            request["hyperparameters"]!["maxSteps"] = steps;
        }

        change?.Invoke(request);
        File.WriteAllText(Path.Combine(folder, "tuning.json"), request.ToJsonString());
        return folder;
    }

    /// <summary>Accuracy of naive Bayes on the same split.</summary>
    private static double Bayes(string folder)
    {
        var bayes = new NaiveBayes();
        foreach (var (text, isSpam) in Mails(Path.Combine(folder, "train.jsonl.gz")))
        {
            bayes.Learn(text, isSpam);
        }

        return Mails(Path.Combine(folder, "test.jsonl.gz")).Average(mail => bayes.IsSpam(mail.Text) == mail.IsSpam ? 1.0 : 0);
    }

    private static IEnumerable<(string Text, bool IsSpam)> Mails(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            var mail = JsonDocument.Parse(line).RootElement;
            yield return (mail.GetProperty("text").GetString()!, mail.GetProperty("label").GetString() == "spam");
        }
    }
}
