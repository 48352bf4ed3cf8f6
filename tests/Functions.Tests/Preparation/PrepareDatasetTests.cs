using System.Text;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Activities.Preparation;
using ServerlessTuning.Functions.Orchestrators;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Functions.Tests.Preparation;

/// <summary>The orchestration with its real activities over a real storage emulator; each activity is run twice, as the platform may do.</summary>
public sealed class PrepareDatasetTests(Azurite storage) : IClassFixture<Azurite>
{
    private const string Base = "tiny";

    private readonly BlobServiceClient blobs = storage.Blobs;

    [Fact]
    public async Task A_dropped_file_becomes_token_shards_and_a_report()
    {
        var input = await FreezeAsync("run-good", Chats(200));

        var report = await RunAsync(input);

        Assert.True(report.Usable, string.Join('\n', report.Problems));
        Assert.Equal(200, report.Train.Examples + report.Validation.Examples + report.Test.Examples);
        var names = await NamesAsync("run-good/dataset/");
        Assert.Subset(names.ToHashSet(), report.Train.Shards.Concat(report.Test.Shards).Concat(["report.json", "report.html", "test.jsonl", "validation.jsonl"]).ToHashSet());
        Assert.DoesNotContain(names, static name => name.StartsWith("work/", StringComparison.Ordinal));
        var stored = await blobs.GetBlobContainerClient(BlobPaths.Runs).GetBlobClient(BlobPaths.DatasetReport("run-good")).DownloadContentAsync();
        Assert.Equal(report.Train.Tokens, stored.Value.Content.ToObjectFromJson<DatasetReport>(TuningJson.Options)!.Train.Tokens);
    }

    [Fact]
    public async Task A_bad_file_ends_as_a_rejected_report_and_is_never_encoded()
    {
        var input = await FreezeAsync("run-bad", Chats(50) + string.Concat(Enumerable.Repeat("{\"messages\":[]}\n", 150)));

        var report = await RunAsync(input, new FakeOrchestrationContext());

        Assert.False(report.Usable);
        Assert.Equal(150, report.ProblemCount);
        Assert.Equal(20, report.Problems.Count);
        Assert.Equal("train.jsonl", report.Problems[0].File);
        Assert.Equal(51, report.Problems[0].Line);
    }

    [Theory]
    [InlineData(nameof(SurveyChunk))]
    [InlineData(nameof(EncodeChunk))]
    public async Task A_file_that_is_replaced_meanwhile_rejects_the_run_and_says_so(string before)
    {
        var run = $"run-changed-{before.ToLowerInvariant()}";
        var input = await FreezeAsync(run, Chats(50));

        var report = await RunAsync(input, interrupt: async activity =>
        {
            if (activity == before)
            {
                await blobs.GetBlobContainerClient(BlobPaths.Datasets).GetBlobClient($"{run}/train.jsonl").UploadAsync(BinaryData.FromString(Chats(60)), overwrite: true);
            }
        });

        Assert.False(report.Usable);
        Assert.StartsWith("train.jsonl: found another file than when the run started, expected the same file until the dataset is prepared.", Assert.Single(report.Problems).ToString());
    }

    [Fact]
    public async Task A_base_model_that_is_not_there_is_a_problem_of_the_request()
    {
        var input = await FreezeAsync("run-nobase", Chats(50)) with { Base = "missing" };

        var report = await RunAsync(input);

        Assert.Equal(["config.json: found no config.json in the base model's folder", "tokenizer.json: found no tokenizer.json in the base model's folder"],
            report.Problems.Select(static problem => problem.ToString().Split(", expected")[0]));
    }

    [Fact]
    public async Task Chunks_are_worked_on_in_lanes_and_none_is_left_out()
    {
        var chunks = new List<int>();
        var run = new FakeOrchestrationContext()
            .Returns(nameof(ScanDataset), 100)
            .Answers<ChunkInput>(nameof(SurveyChunk), input => { chunks.Add(input.Chunk); return null; })
            .Returns(nameof(DecideSplits), false)
            .Returns(nameof(FinishDataset), new DatasetReport(false, "chat", TuningTask.Supervised, 1, SplitReport.Empty, SplitReport.Empty, SplitReport.Empty, 0, 0, 0, 1, []));

        await run.Run(context => PrepareDataset.Run(context, new("run", Base)));

        Assert.Equal(Enumerable.Range(0, 100), chunks.Order());
        Assert.Equal(nameof(FinishDataset), run.CalledActivities[^1]);
    }

    [Fact]
    public void The_answer_stays_small_however_much_is_wrong()
    {
        var problem = new DatasetProblem("train.jsonl", 1, "messages", new string('x', 5000), new string('x', 5000), new string('x', 5000));
        var shards = Enumerable.Range(0, 2000).Select(static i => $"train-{i:00000}-00.safetensors").ToList();
        var report = new DatasetReport(false, "chat", TuningTask.Supervised, 1, new(1, 1, 1, shards), SplitReport.Empty, SplitReport.Empty, 0, 0, 0, 100, [.. Enumerable.Repeat(problem, 100)]);

        Assert.InRange(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(FinishDataset.Brief(report), TuningJson.Options).Length, 1, 16 << 10);
    }

    private static string Chats(int count) => string.Concat(Enumerable.Range(0, count).Select(static i =>
        $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"question {i}\"}},{{\"role\":\"assistant\",\"content\":\"answer {i}\"}}]}}\n"));

    /// <summary>Uploads a base model and a training file and freezes a request for it.</summary>
    private async Task<PrepareInput> FreezeAsync(string run, string content)
    {
        foreach (var container in new[] { BlobPaths.Datasets, BlobPaths.Models, BlobPaths.Runs })
        {
            await blobs.GetBlobContainerClient(container).CreateIfNotExistsAsync();
        }

        foreach (var file in Directory.GetFiles(TinyBase.Create(), "*.json"))
        {
            await blobs.GetBlobContainerClient(BlobPaths.Models).GetBlobClient(BlobPaths.Base(Base) + Path.GetFileName(file)).UploadAsync(file, overwrite: true);
        }

        var name = $"{run}/train.jsonl";
        var uploaded = await blobs.GetBlobContainerClient(BlobPaths.Datasets).GetBlobClient(name).UploadAsync(BinaryData.FromString(content), overwrite: true);
        var request = new FrozenRequest(new(run, Base), [new(name, uploaded.Value.ETag.ToString(), Encoding.UTF8.GetByteCount(content), DatasetSplit.Train)]);
        await blobs.GetBlobContainerClient(BlobPaths.Runs).GetBlobClient(BlobPaths.Request(run)).UploadAsync(BinaryData.FromObjectAsJson(request, TuningJson.Options), overwrite: true);
        return new(run, Base);
    }

    private async Task<DatasetReport> RunAsync(PrepareInput input, FakeOrchestrationContext? context = null, Func<string, Task>? interrupt = null)
    {
        context ??= new();
        Activity<PrepareInput, int>(nameof(ScanDataset), (given, stop) => new ScanDataset(blobs, NullLogger<ScanDataset>.Instance).Run(given, stop));
        Activity<ChunkInput, object?>(nameof(SurveyChunk), async (given, stop) => { await new SurveyChunk(blobs).Run(given, stop); return null; });
        Activity<PrepareInput, bool>(nameof(DecideSplits), (given, stop) => new DecideSplits(blobs, NullLogger<DecideSplits>.Instance).Run(given, stop));
        Activity<ChunkInput, object?>(nameof(EncodeChunk), async (given, stop) => { await new EncodeChunk(blobs).Run(given, stop); return null; });
        Activity<PrepareInput, DatasetReport>(nameof(FinishDataset), (given, stop) => new FinishDataset(blobs, NullLogger<FinishDataset>.Instance).Run(given, stop));
        return await Task.Run(() => context.Run(running => PrepareDataset.Run(running, input)));

        void Activity<TInput, TResult>(string name, Func<TInput, CancellationToken, Task<TResult>> activity) => context.Answers<TInput>(name, given => Task.Run(async () =>
        {
            await (interrupt?.Invoke(name) ?? Task.CompletedTask);
            await activity(given, CancellationToken.None);
            return await activity(given, CancellationToken.None);
        }).GetAwaiter().GetResult());
    }

    private async Task<List<string>> NamesAsync(string prefix)
    {
        List<string> names = [];
        await foreach (var blob in blobs.GetBlobContainerClient(BlobPaths.Runs).GetBlobsAsync(prefix: prefix))
        {
            names.Add(blob.Name[prefix.Length..]);
        }

        return names;
    }
}
