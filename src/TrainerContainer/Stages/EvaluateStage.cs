using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Stages;

public sealed class EvaluateStage(StageContext context)
{
    public Task Run(LatestCheckpoint trained) => throw new NotSupportedException($"{context} {trained}");
}
