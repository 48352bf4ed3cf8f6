using ServerlessTuning.Contracts;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>An objective whose batches are the examples of so many rows.</summary>
/// <typeparam name="T">Its batches.</typeparam>
public abstract class Objective<T>(Trainee trainee, TrainingPlan plan) : IObjective
    where T : IBatch
{
    protected Trainee Trainee => trainee;

    protected TrainingPlan Plan => plan;

    public virtual IReadOnlyList<IBatch> Prepare(TokenSplit data, IReadOnlyList<int[]> rows, int step, CancellationToken stop)
    {
        var batches = new List<IBatch>();
        foreach (var chunk in rows.Chunk(plan.MicroBatchRows))
        {
            var batch = Make(data, [.. chunk.SelectMany(row => row)], step);
            if (batch.SupervisedTokens > 0 || batch.Examples > 0)
            {
                batches.Add(batch);
            }
            else
            {
                batch.Dispose();
            }
        }

        return batches;
    }

    public Score Backward(IBatch batch, StepTotals totals, long dropoutSeed) => Backward((T)batch, totals, dropoutSeed);

    /// <summary>A micro-batch's worth of tokens at a time; logits are never kept.</summary>
    public Score Measure(TokenSplit split, CancellationToken stop)
    {
        using var nothing = no_grad();
        var score = Score.None;
        foreach (var examples in HeldOutBatches.Of(split.Lengths, plan.MicroBatchRows * plan.RowTokens))
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = Make(split, examples, step: -1);
            score += batch.SupervisedTokens > 0 || batch.Examples > 0 ? Measure(batch) : Score.None;
        }

        return score;
    }

    /// <param name="step">−1 outside training.</param>
    protected abstract T Make(TokenSplit data, IReadOnlyList<int> examples, int step);

    protected abstract Score Backward(T batch, StepTotals totals, long dropoutSeed);

    protected abstract Score Measure(T batch);
}
