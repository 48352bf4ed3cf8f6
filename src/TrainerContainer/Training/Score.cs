using ServerlessTuning.Trainer.Objectives;

namespace ServerlessTuning.Trainer.Training;

/// <summary>Loss of a batch, a step or a split, as sums, so that parts add up to the whole.</summary>
/// <param name="Sum">Of the losses.</param>
/// <param name="Count">What they are a loss of: supervised tokens, examples, pairs, answers.</param>
/// <param name="Correct">How many of these were right.</param>
/// <param name="Details">Sums of what else there is to tell of each; null for nothing.</param>
public sealed record Score(double Sum, double Count, double Correct, IReadOnlyDictionary<string, double>? Details = null)
{
    public static Score None { get; } = new(0, 0, 0);

    public double Mean => Sum / Math.Max(1, Count);

    public double Accuracy => Correct / Math.Max(1, Count);

    /// <summary>What there is to tell of one on average.</summary>
    public IReadOnlyDictionary<string, double>? MeanDetails => Details?.ToDictionary(detail => detail.Key, detail => detail.Value / Math.Max(1, Count));

    public static implicit operator Score(TokenScore score) => FromTokenScore(score);

    public static Score FromTokenScore(TokenScore score) => new(score.Sum, score.Tokens, score.Correct);

    public static Score operator +(Score a, Score b) => new(a.Sum + b.Sum, a.Count + b.Count, a.Correct + b.Correct, Joined(a.Details, b.Details));

    public static Score Add(Score a, Score b) => a + b;

    private static IReadOnlyDictionary<string, double>? Joined(IReadOnlyDictionary<string, double>? a, IReadOnlyDictionary<string, double>? b) =>
        a is null ? b : b is null ? a : a.Keys.Union(b.Keys).ToDictionary(key => key, key => a.GetValueOrDefault(key) + b.GetValueOrDefault(key));
}
