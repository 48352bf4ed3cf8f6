using System.Text.Json;
using ServerlessTuning.Cli;
using ServerlessTuning.Contracts;
using ServerlessTuning.Testing;

namespace ServerlessTuning.EndToEnd.Tests;

/// <summary>What <c>./run</c> promises on the sample: the style moves, measured on books that neither training has seen.</summary>
[Collection(nameof(RunningStack))]
public sealed class SampleTests(RunningStack running)
{
    private static readonly string Verses = Path.Combine(Repository.Root, "samples", "datasets", "verses");

    [Fact]
    public async Task The_sample_run_moves_the_style_and_publishes()
    {
        var sample = await DropZone.UploadBase(running.Stack.Blobs, Path.Combine(Repository.Root, "samples", "models", "sample-base"));
        var before = (await running.Runs.List()).Select(run => run.Id).ToHashSet();
        await DropZone.Drop(running.Stack.Blobs, Verses, "verses", sample);
        var run = await running.Ended(await running.Runs.NewRun("verses", before, TimeSpan.FromSeconds(30), CancellationToken.None));

        Assert.True(run.Result?.Outcome == Outcome.Published, run.Result?.Reason);
        var report = await Read<EvaluationReport>(BlobPaths.Evaluation(run.Id));
        Assert.True(report.Tuned.TextPerplexity <= report.Base.TextPerplexity / 3, $"perplexity {report.Base.TextPerplexity} -> {report.Tuned.TextPerplexity}");
        Assert.True(report.Tuned.Chrf > report.Base.Chrf, $"chrF {report.Base.Chrf} -> {report.Tuned.Chrf}");
        var (baseShare, tunedShare) = await MarkerShares(run.Id);
        Assert.InRange(baseShare, 0, 0.10);
        Assert.InRange(tunedShare, 0.60, 1);
    }

    /// <summary>Share of the held-out answers, of base and of tuned, that hold at least one word of <c>markers.txt</c>.</summary>
    private async Task<(double Base, double Tuned)> MarkerShares(string run)
    {
        var markers = File.ReadLines(Path.Combine(Verses, "markers.txt")).Where(line => line is not "" && line[0] != '#').ToHashSet(StringComparer.OrdinalIgnoreCase);
        var text = (await running.Stack.Blobs.GetBlobContainerClient(BlobPaths.Runs).GetBlobClient($"{run}/evaluation/answers.jsonl").DownloadContentAsync()).Value.Content.ToString();
        var answers = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<Sample>(line, TuningJson.Options)!).ToList();
        Assert.Equal(100, answers.Count);
        return (answers.Count(answer => HasMarker(answer.Base)) / 100.0, answers.Count(answer => HasMarker(answer.Tuned)) / 100.0);

        bool HasMarker(string answer) => answer.Split([.. " \n.,;:!?()[]\"'’“”"], StringSplitOptions.RemoveEmptyEntries).Any(markers.Contains);
    }

    private async Task<T> Read<T>(string blob) =>
        (await running.Stack.Blobs.GetBlobContainerClient(BlobPaths.Runs).GetBlobClient(blob).DownloadContentAsync()).Value.Content.ToObjectFromJson<T>(TuningJson.Options)!;
}
