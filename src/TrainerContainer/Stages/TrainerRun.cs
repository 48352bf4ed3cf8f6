using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Reporting;
using ServerlessTuning.Trainer.Storage;
using ServerlessTuning.Trainer.Verbs;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>Carries out one work order: the verb <c>run</c>.</summary>
public sealed class TrainerRun(OrderName name, TrainerSettings settings, StopRequest stop, RunLog log, TimeProvider clock)
{
    private readonly IBlobStore store = BlobStores.Open(settings.Storage, clock, log.Say);
    private readonly WorkFolder work = new(Path.GetFullPath(Path.Combine(settings.Work, name.Run)));
    private bool abandoned;

    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public async Task<int> Run()
    {
        using var alone = TrainerLock.TryTake(work.Root, name.Attempt);
        if (alone is null)
        {
            log.Say($"Another trainer of run {name.Run} lives on this machine and holds {work.Root}/trainer.held; this one ends.");
            return ExitCodes.Interrupted; // without a word in the storage: the other one's report must not be disturbed
        }

        TrainerDone done;
        try
        {
            var order = await ReadOrder();
            done = await CarryOut(order);
        }
        catch (Exception e) when (Failed(e, epoch: 0) is { } failed) // the edge of the process: everything becomes an exit code
        {
            done = failed;
            await store.Write(BlobPaths.Runs, BlobPaths.Log(name.Run, name.Attempt), log.ToUtf8(), CancellationToken.None);
        }

        await store.WriteJson(BlobPaths.Runs, BlobPaths.Done(name.Run, name.Attempt), done, CancellationToken.None);
        if (abandoned && settings.Machine is { } machine)
        {
            await new OwnMachine(machine, log).Delete();
        }

        return done.ExitCode;
    }

    private async Task<TrainerDone> CarryOut(WorkOrder order)
    {
        using var end = new CancellationTokenSource();
        var (progress, metrics) = (new Progress(clock, order.Stages is [var first, ..] ? first : Stage.Train), new MetricsLog());
        var fenced = new FencedBlobs(store, order);
        await using var reporter = new Reporter(fenced, order, progress, metrics, log, clock, HealthyVerb.Sign(settings.Work));
        var watch = new LeaseWatch(store, order, stop, log, clock);
        var lease = watch.Watch(end.Token);
        try
        {
            var context = new StageContext(fenced, order, work, stop, progress, metrics, log,
                new CheckpointChain(fenced, order, reporter, log), new RunModels(order.Plan, order.Dataset.Labels, work));
            await Download(order);
            await RunStages(context);
            work.Clear();
            log.Say("All stages are done.");
            return new(order.Epoch, ExitCodes.Done);
        }
        catch (Exception e) when (Failed(e, order.Epoch) is { } failed)
        {
            return failed.ExitCode == ExitCodes.Interrupted ? failed : failed with { LastBatch = LastBatch(progress) };
        }
        finally
        {
            await end.CancelAsync();
            await lease;
            abandoned = watch.IsAbandoned;
        }
    }

    private LastBatch? LastBatch(Progress progress)
    {
        if (progress.Batch is { } batch)
        {
            log.Say($"It was learning step {batch.Step}: {batch.Rows.Sum(row => row.Count)} examples, whose numbers are in {BlobPaths.Done(name.Run, name.Attempt)}.");
        }

        return progress.Batch;
    }

    private static async Task RunStages(StageContext context)
    {
        var marks = new StageMarks(context.Store, context.Order);
        foreach (var stage in context.Order.Stages)
        {
            context.Stop.ThrowIfRequested();
            if (stage == Stage.Train)
            {
                await new TrainStage(context).Run();
                continue;
            }

            var trained = await Trained(context);
            if (!await marks.IsDone(stage, trained, context.Stop.Token))
            {
                await (stage == Stage.Evaluate ? new EvaluateStage(context).Run(trained) : new ExportStage(context, TimeProvider.System).Run(trained));
                await marks.Done(stage, trained, context.Stop.Token);
            }
        }
    }

    private static async Task<LatestCheckpoint> Trained(StageContext context) =>
        await context.Checkpoints.Latest(context.Stop.Token) is { } latest && (latest.IsEnough || latest.Step >= context.Plan.Training.TotalSteps) ? latest
            : throw new RequestException($"stages: found {string.Join(", ", context.Order.Stages)} on a run that is not trained to its last step, expected train before them.");

    private async Task<WorkOrder> ReadOrder()
    {
        var blob = BlobPaths.Order(name.Run, name.Attempt);
        try
        {
            return await store.ReadJson<WorkOrder>(BlobPaths.Runs, blob, stop.Token)
                ?? throw new RequestException($"{BlobPaths.Runs}/{blob}: found nothing, expected a work order.");
        }
        catch (JsonException e)
        {
            throw new RequestException($"{BlobPaths.Runs}/{blob}: found what is no work order ({e.Message}), expected the document that the control plane writes.", e);
        }
    }

    private async Task Download(WorkOrder order)
    {
        var files = await Downloads.Folder(store, BlobPaths.Models, BlobPaths.Base(order.Plan.Base), work.Base, stop.Token);
        if (files == 0)
        {
            throw new RequestException($"base: found nothing under {BlobPaths.Models}/{BlobPaths.Base(order.Plan.Base)}, expected a model in Hugging Face layout. "
                + "Upload its config.json, *.safetensors and tokenizer files there, or name another base.");
        }

        if (order.Plan.From is { } start && await Downloads.Folder(store, BlobPaths.Models, BlobPaths.Adapter(start.Model, start.Version), work.Start, stop.Token) == 0)
        {
            throw new RequestException($"method.from: found no adapter under {BlobPaths.Models}/{BlobPaths.Adapter(start.Model, start.Version)}, expected the one that the plan goes on from. Was the version deleted?");
        }

        await RewardModels.Download(store, order.Plan, work, stop.Token);
        SplitReport[] splits = [order.Dataset.Train, order.Dataset.Validation, order.Dataset.Test];
        var names = splits.SelectMany(split => split.Held is null ? split.Shards : split.Shards.Append(split.Held));
        await Downloads.Named(store, BlobPaths.Runs, BlobPaths.Dataset(order.RunId), names, work.Dataset, stop.Token);
    }

    private TrainerDone? Failed(Exception e, long epoch)
    {
        var interrupted = e is OperationCanceledException && stop.Token.IsCancellationRequested;
        var (code, error) = interrupted ? (ExitCodes.Interrupted, stop.Reason) : (TrainerFailures.ExitCode(e), TrainerFailures.Error(e));
        log.Say(code == ExitCodes.Interrupted ? error! : $"Failed (exit {code}): {e}");
        return new(epoch, code, error);
    }
}
