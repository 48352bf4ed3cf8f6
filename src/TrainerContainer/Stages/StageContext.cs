using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Reporting;
using ServerlessTuning.Trainer.Storage;
using ServerlessTuning.Trainer.Training;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>What every stage works with.</summary>
/// <param name="Models">Builds the run's models from the work folder.</param>
public sealed record StageContext(
    IBlobStore Store, WorkOrder Order, WorkFolder Work, StopRequest Stop, Progress Progress, MetricsLog Metrics, RunLog Log,
    CheckpointChain Checkpoints, RunModels Models)
{
    public TuningPlan Plan => Order.Plan;

    /// <summary>A split's token sequences, from the downloaded shards.</summary>
    public TokenSplit Tokens(SplitReport split) => new(split.Shards.Select(shard => Path.Combine(Work.Dataset, shard)), Order.Dataset.SequencesPerExample);

    /// <summary>The folder of the checkpoint with the weights to keep, the last ones or the best: the one this process wrote, or downloaded.</summary>
    public async Task<string> TrainedFolder(LatestCheckpoint trained)
    {
        var kept = trained with { Path = trained.Best ?? trained.Path };
        var own = Path.Combine(Work.Checkpoints, Path.GetFileName(kept.Path.TrimEnd('/')));
        if (Directory.Exists(own))
        {
            return own;
        }

        await Checkpoints.Download(kept, Work.Resume, Stop.Token);
        return Work.Resume;
    }
}
