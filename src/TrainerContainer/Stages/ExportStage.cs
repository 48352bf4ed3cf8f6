using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Stages;

public sealed class ExportStage(StageContext context)
{
    public Task Run(LatestCheckpoint trained) => throw new NotSupportedException($"{context} {trained}");
}
