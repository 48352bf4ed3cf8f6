namespace ServerlessTuning.Trainer.Graders;

/// <summary>A reward model behind a gate: answers are graded concurrently, a model computes alone.</summary>
internal sealed class OneAtATimeModel(IRewardModel model)
{
    private readonly Lock gate = new();

    public IReadOnlyList<double> Score(IReadOnlyList<IReadOnlyList<RewardTurn>> conversations, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return model.Score(conversations, cancellationToken);
        }
    }
}
