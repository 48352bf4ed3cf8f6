namespace ServerlessTuning.Trainer.Training;

/// <summary>Examples that are computed at once.</summary>
public interface IBatch : IDisposable
{
    /// <summary>All tokens.</summary>
    int Tokens { get; }

    /// <summary>Tokens that carry loss.</summary>
    int SupervisedTokens { get; }

    /// <summary>Examples, pairs, answers: what a loss that is not of tokens is a loss of.</summary>
    int Examples { get; }
}

/// <summary>Of all batches of an optimizer step: what their losses are divided by, however the step is cut.</summary>
public sealed record StepTotals(long Tokens, long SupervisedTokens, long Examples)
{
    public static StepTotals Of(IReadOnlyList<IBatch> batches) =>
        new(batches.Sum(batch => (long)batch.Tokens), batches.Sum(batch => (long)batch.SupervisedTokens), batches.Sum(batch => (long)batch.Examples));
}

/// <summary>What training minimizes.</summary>
public interface IObjective
{
    /// <summary>The batches of one optimizer step; what has nothing to learn is left out.</summary>
    /// <param name="rows">Examples, by packed row.</param>
    /// <param name="step">From 0; whatever is drawn is a function of it.</param>
    IReadOnlyList<IBatch> Prepare(TokenSplit data, IReadOnlyList<int[]> rows, int step, CancellationToken stop);

    /// <summary>Forward and backward; gradients add up in the parameters.</summary>
    /// <param name="dropoutSeed">Of this batch.</param>
    Score Backward(IBatch batch, StepTotals totals, long dropoutSeed);

    /// <summary>The loss over held-out examples, without gradients.</summary>
    Score Measure(TokenSplit split, CancellationToken stop);
}
