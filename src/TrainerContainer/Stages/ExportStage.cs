using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Export;
using ServerlessTuning.Trainer.Storage;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>Writes what can be published: <c>artifacts/adapter/</c>, <c>artifacts/merged/</c>, <c>artifacts/README.md</c>, <c>artifacts/metrics.csv</c>; read back before it is uploaded.</summary>
public sealed class ExportStage(StageContext context, TimeProvider clock)
{
    private const int VerifiedTokens = 64;

    private string Adapter => Path.Combine(context.Work.Artifacts, "adapter");

    private string Merged => Path.Combine(context.Work.Artifacts, "merged");

    public async Task Run(LatestCheckpoint trained)
    {
        context.Progress.Begin(Stage.Export, 0, 3);
        var evaluation = await context.Store.ReadJson<EvaluationReport>(BlobPaths.Runs, BlobPaths.Evaluation(context.Order.RunId), context.Stop.Token);
        var checkpoint = await context.TrainedFolder(trained);
        var check = await Task.Run(() => WriteWeights(checkpoint));
        var card = new ModelCard(context.Order, evaluation, check, clock.GetUtcNow());
        await File.WriteAllTextAsync(Path.Combine(context.Work.Artifacts, "README.md"), card.ToMarkdown(), context.Stop.Token);
        await File.WriteAllBytesAsync(Path.Combine(context.Work.Artifacts, BlobPaths.MetricsTableFile), context.Metrics.ToTable(), context.Stop.Token);

        context.Progress.Advance(2);
        var artifacts = BlobPaths.Artifacts(context.Order.RunId);
        await context.Store.DeleteFolder(BlobPaths.Runs, artifacts, context.Stop.Token); // what an interrupted attempt may have left
        await context.Store.UploadFolder(BlobPaths.Runs, artifacts, context.Work.Artifacts, context.Stop.Token);
        context.Progress.Advance(3);
        context.Log.Say($"Exported {(check.Merging is null ? "merged weights" : $"adapter and merged weights; read back, their logits differ by {check.Merging:0.0e+0}")}.");
    }

    private ExportCheck WriteWeights(string checkpoint)
    {
        if (Directory.Exists(context.Work.Artifacts))
        {
            Directory.Delete(context.Work.Artifacts, recursive: true);
        }

        using var tuned = context.Models.Tuned(checkpoint);
        if (tuned.Adapter is not null)
        {
            AdapterFiles.Write(tuned.Adapter, tuned.Model, context.Plan.Base, Adapter);
        }

        MergedFolder.Write(tuned, context.Work.Base, hasWeights: !context.Plan.FromScratch, Merged);
        context.Progress.Advance(1);
        context.Stop.ThrowIfRequested();
        var data = context.Tokens(context.Order.Dataset.Train);
        var ids = data.Ids(0);
        return ExportVerification.Verify(context.Work.Base, tuned.Adapter is null ? null : Adapter, Merged, tuned, ids[..Math.Min(VerifiedTokens, ids.Length)]);
    }
}
