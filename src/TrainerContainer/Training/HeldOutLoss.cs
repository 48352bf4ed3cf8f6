using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Objectives;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>Loss and accuracy over a whole split, a micro-batch at a time; logits are never kept.</summary>
public static class HeldOutLoss
{
    public static TokenScore Measure(TextModel model, TokenSplit split, TrainingPlan plan, CancellationToken stop = default) =>
        Measure(model, split, plan.MicroBatchRows * plan.ContextLength, stop);

    /// <param name="tokensAtOnce">Tokens of a batch, at least one sequence.</param>
    public static TokenScore Measure(TextModel model, TokenSplit split, int tokensAtOnce, CancellationToken stop = default)
    {
        using var nothing = no_grad();
        var score = default(TokenScore);
        foreach (var sequences in Batches(split.Lengths, tokensAtOnce))
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = TokenBatch.Of(split, sequences, model.Compute, model.Device);
            if (batch.SupervisedTokens > 0)
            {
                var hidden = model.Hidden(batch.Input).index_select(0, batch.Predicting);
                score += TokenLoss.Measure(model.Language, hidden, batch.Targets);
            }
        }

        return score;
    }

    /// <summary>Sequences in order, as many at once as fit.</summary>
    public static IEnumerable<List<int>> Batches(IReadOnlyList<int> lengths, int tokensAtOnce)
    {
        var batch = new List<int>();
        var tokens = 0;
        for (var i = 0; i < lengths.Count; i++)
        {
            if (batch.Count > 0 && tokens + lengths[i] > tokensAtOnce)
            {
                yield return batch;
                (batch, tokens) = ([], 0);
            }

            batch.Add(i);
            tokens += lengths[i];
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }
}
