using System.Text;
using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Trainer.Tests.Stages;

[Collection(nameof(UndisturbedRun))]
public sealed class WholeRunTests(UndisturbedRun undisturbed)
{
    private readonly TinyRun run = undisturbed.Run;

    [Fact]
    public async Task A_run_trains_to_its_last_step_and_says_done()
    {
        Assert.True(undisturbed.ExitCode == ExitCodes.Done, run.Output.ToString());
        Assert.Equal(new TrainerDone(1, ExitCodes.Done), await run.Done());
        Assert.Equal(new LatestCheckpoint(6, 1, "checkpoints/000006-e1/"), await run.Latest());
        var kept = await run.Store.List(BlobPaths.Runs, BlobPaths.Checkpoints(TinyRun.Id), default);
        Assert.Equal(["000004-e1", "000006-e1", "latest.json"], kept.Select(blob => blob.Name.Split('/')[2]).Distinct());
    }

    [Fact]
    public async Task Progress_metrics_and_log_are_left_behind_and_the_disk_is_freed()
    {
        var heartbeat = await run.Read<Heartbeat>(BlobPaths.Heartbeat(TinyRun.Id, 1));
        var metrics = await Metrics(run);
        var log = Encoding.UTF8.GetString(await run.Bytes("attempts/1/log.txt"));

        Assert.Equal(Stage.Export, heartbeat.Stage);
        Assert.Equal([1, 2, 3, 4, 5, 6], metrics.Where(line => line.Loss is not null).Select(line => line.Step));
        Assert.All(metrics.Where(line => line.Loss is not null), line => Assert.True(line is { TrainAccuracy: >= 0 and <= 1, PeakMemoryMiB: > 10, Seconds: > 0 }));
        Assert.Equal(await run.Bytes("metrics.csv"), await run.Bytes("artifacts/metrics.csv"));
        Assert.Contains("All stages are done.", log, StringComparison.Ordinal);
        Assert.Equal(["trainer.held", "trainer.lock"], Directory.EnumerateFileSystemEntries(Path.Combine(run.Work, TinyRun.Id)).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task The_report_compares_base_and_tuned_on_the_test_split()
    {
        var report = await run.Read<EvaluationReport>(BlobPaths.Evaluation(TinyRun.Id));
        var answers = Encoding.UTF8.GetString(await run.Bytes("evaluation/answers.jsonl")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(("test", 6L, 3), (report.Split, report.Examples, report.Samples.Count));
        Assert.True(report.Tuned.Loss < report.Base.Loss, $"{report.Base.Loss} -> {report.Tuned.Loss}");
        Assert.Equal(Math.Exp(report.Base.Loss), report.Base.Perplexity!.Value, 9);
        Assert.NotNull(report.Tuned.TextPerplexity);
        Assert.InRange(report.Tuned.Chrf!.Value, 0, 100);
        Assert.Equal(6, answers.Length);
        Assert.Equal("What is 48 plus 6?", JsonSerializer.Deserialize<Sample>(answers[0], TuningJson.Options)!.Prompt);
        Assert.Equal("It is 54.", report.Samples[0].Reference);
    }

    [Fact]
    public async Task The_artifacts_are_adapter_merged_weights_and_a_card_with_the_facts()
    {
        var names = (await run.Store.List(BlobPaths.Runs, BlobPaths.Artifacts(TinyRun.Id), default)).Select(blob => blob.Name[$"{TinyRun.Id}/artifacts/".Length..]);
        var card = Encoding.UTF8.GetString(await run.Bytes("artifacts/README.md"));

        Assert.Equal(["README.md", "adapter/adapter_config.json", "adapter/adapter_model.safetensors", "merged/config.json", "merged/generation_config.json",
            "merged/model.safetensors", "merged/tokenizer.json", "merged/tokenizer_config.json", "metrics.csv"], names);
        Assert.All(new[] { "base_model: tiny", "rank 4", "What is 48 plus 6?", "chrF", TinyRun.Id, "differ by at most" }, fact => Assert.Contains(fact, card, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_new_attempt_at_a_finished_run_does_nothing_again()
    {
        await using var again = await TinyRun.Create();
        await CopyRun(to: again);
        var before = await again.Store.Find(BlobPaths.Runs, BlobPaths.Evaluation(TinyRun.Id), default);
        await again.WriteOrder(TinyRun.Order(attempt: 2, epoch: 2));

        var exit = await again.RunHere(attempt: 2);

        Assert.Equal(ExitCodes.Done, exit);
        Assert.Equal(new LatestCheckpoint(6, 2, "checkpoints/000006-e1/"), await again.Latest());
        Assert.Equal(before!.LastModified, (await again.Store.Find(BlobPaths.Runs, BlobPaths.Evaluation(TinyRun.Id), default))!.LastModified);
        Assert.Equal(await undisturbed.Adapter(), await again.Bytes("artifacts/adapter/adapter_model.safetensors"));
    }

    [Fact]
    public async Task Pretraining_from_random_weights_reports_bits_per_byte_and_exports_only_the_whole_model()
    {
        var order = TinyRun.Order(lora: false, steps: 4);
        await using var text = await TinyRun.Create(
            order with { Plan = order.Plan with { Task = TuningTask.Pretraining, FromScratch = true }, Dataset = order.Dataset with { Task = TuningTask.Pretraining } },
            changeBase: folder => File.Delete(Path.Combine(folder, "model.safetensors")));

        var exit = await text.RunHere();

        Assert.True(exit == ExitCodes.Done, (await text.Done()).Error);
        var report = await text.Read<EvaluationReport>(BlobPaths.Evaluation(TinyRun.Id));
        Assert.InRange(report.Base.BitsPerByte!.Value, 7, 10); // random weights: about log2 of the vocabulary, every token a byte
        Assert.True(report.Tuned.BitsPerByte < report.Base.BitsPerByte);
        Assert.Null(report.Tuned.Chrf);
        Assert.DoesNotContain(await text.Store.List(BlobPaths.Runs, BlobPaths.Artifacts(TinyRun.Id), default), blob => blob.Name.Contains("adapter", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_on_a_storage_account_sits_out_an_outage_and_gives_the_same_adapter()
    {
        using var azurite = new Azurite();
        foreach (var container in new[] { BlobPaths.Runs, BlobPaths.Models })
        {
            await azurite.Blobs.CreateBlobContainerAsync(container);
        }

        await using var remote = await TinyRun.Create(storage: azurite.ConnectionString);
        using var trainer = remote.Start();
        await remote.Until(async () => await remote.Store.Find(BlobPaths.Runs, BlobPaths.LatestCheckpoint(TinyRun.Id), default) is not null, "the first checkpoint");
        azurite.Stop();
        await Task.Delay(1500);
        azurite.Restart();
        await remote.Ended(trainer);

        Assert.True(trainer.ExitCode == ExitCodes.Done, remote.Output.ToString());
        Assert.Contains("answers again", remote.Output.ToString(), StringComparison.Ordinal);
        Assert.Equal(await undisturbed.Adapter(), await remote.Bytes("artifacts/adapter/adapter_model.safetensors"));
    }

    internal static async Task<List<StepMetrics>> Metrics(TinyRun run) =>
        [.. Encoding.UTF8.GetString(await run.Bytes("metrics.jsonl")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<StepMetrics>(line, TuningJson.Options)!)];

    private async Task CopyRun(TinyRun to)
    {
        var file = Path.Combine(Repository.NewFolder(), "blob");
        foreach (var blob in await run.Store.List(BlobPaths.Runs, $"{TinyRun.Id}/", default))
        {
            await run.Store.Download(BlobPaths.Runs, blob.Name, file, default);
            await to.Store.Upload(BlobPaths.Runs, blob.Name, file, default);
        }
    }
}
