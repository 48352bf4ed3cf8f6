using ServerlessTuning.Contracts;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>What becomes of examples longer than the context, and how often it happened.</summary>
/// <param name="context">Tokens.</param>
/// <param name="cutIntoPieces">Pretraining: a long text becomes several examples and nothing is lost.</param>
public sealed class LengthRule(int context, OverlongRule rule, bool cutIntoPieces)
{
    public const int Bins = 32;

    private readonly long[] histogram = new long[Bins + 1];

    /// <summary>Examples cut to the context.</summary>
    public long Truncated { get; private set; }

    /// <summary>Examples left out.</summary>
    public long Dropped { get; private set; }

    /// <summary>Examples by length before any cut: equal bins over the context, and one for longer ones.</summary>
    public IReadOnlyList<long> Histogram => histogram;

    /// <summary>Which tokens to keep as one example each; none when it is left out.</summary>
    public IEnumerable<Range> Apply(TokenSequence tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        histogram[Math.Min(Bins, (int)(((long)Math.Max(tokens.Count, 1) - 1) * Bins / context))]++;
        if (tokens.Count <= context)
        {
            return Keep(tokens, tokens.Count);
        }

        if (cutIntoPieces)
        {
            return Pieces(tokens.Count);
        }

        if (rule == OverlongRule.Truncate && tokens.SupervisedIn(context) > 0)
        {
            Truncated++;
            return [new(0, context)];
        }

        Dropped++;
        return [];
    }

    private IEnumerable<Range> Keep(TokenSequence tokens, int count)
    {
        if (tokens.SupervisedIn(count) > 0)
        {
            return [new(0, count)];
        }

        Dropped++;
        return [];
    }

    /// <summary>A piece begins with the last token of the piece before, so that every token but the text's first is predicted exactly once.</summary>
    private IEnumerable<Range> Pieces(int count)
    {
        for (var start = 0; start < count - 1; start += context - 1)
        {
            yield return start..Math.Min(count, start + context);
        }
    }
}
