using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>
/// What the model said of every answer before it was trained: the reference of DPO and its kin. Computed once, when the model is still the one that training starts from, so
/// that full fine-tuning needs no second model in memory and an adapter no second pass a step. A resumed attempt computes it again, from the same start.
/// </summary>
public sealed class ReferenceAnswers
{
    private readonly Dictionary<TokenSplit, float[]> sums = [];

    /// <param name="texts">All sequences of the splits are looked at.</param>
    public static ReferenceAnswers Of(TextModel model, TrainingPlan plan, IEnumerable<TokenSplit> texts, CancellationToken stop)
    {
        using var nothing = no_grad();
        var answers = new ReferenceAnswers();
        foreach (var split in texts)
        {
            var values = new List<float>();
            foreach (var examples in HeldOutBatches.Of(split.Lengths, plan.MicroBatchRows * plan.RowTokens))
            {
                stop.ThrowIfCancellationRequested();
                values.AddRange(Sums(model, split, examples));
            }

            answers.sums[split] = [.. values];
        }

        return answers;
    }

    /// <summary>Log-probability of each answer, summed over its tokens, in the order of the sequences.</summary>
    public IReadOnlyList<float> Of(TokenSplit split) => sums[split];

    private static float[] Sums(TextModel model, TokenSplit split, List<int> examples)
    {
        using var scope = NewDisposeScope();
        var texts = TokenBatch.Of(split, examples, model.Compute, model.Device);
        using var batch = new AnswerBatch(texts, examples.Count, texts.SupervisedTokens);
        return [.. batch.LogProbabilities(model.Language, model.Hidden(batch.Texts.Input)).Sums().cpu().data<float>()];
    }
}
