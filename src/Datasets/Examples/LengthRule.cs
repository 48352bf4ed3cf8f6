using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Validation;

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

    /// <summary>Longest sequence kept.</summary>
    public int Context => context;

    /// <summary>Which tokens to keep as one example each; none when it is left out.</summary>
    public IEnumerable<Range> Apply(TokenSequence tokens, LineProblems problems)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        Count(tokens.Count);
        if (!cutIntoPieces && IsRefused(tokens.Count, problems))
        {
            return [];
        }

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

    /// <summary>Both sequences of a pair, each cut at its end; the pair is left out when one has nothing left to learn.</summary>
    /// <param name="mustTeach">Something of the first must be learned too.</param>
    public (Range First, Range Second)? Apply(TokenSequence first, TokenSequence second, bool mustTeach, LineProblems problems)
    {
        var longest = Math.Max(first.Count, second.Count);
        Count(longest);
        var (a, b) = (Math.Min(first.Count, context), Math.Min(second.Count, context));
        if (IsRefused(longest, problems) || (longest > context && rule == OverlongRule.Drop) || second.SupervisedIn(b) == 0 || (mustTeach && first.SupervisedIn(a) == 0))
        {
            Dropped++;
            return null;
        }

        Truncated += longest > context ? 1 : 0;
        return (..a, ..b);
    }

    /// <summary>An example that is learned as a whole: it is cut between its first and last tokens, which are often special.</summary>
    /// <param name="after">Tokens at the end that must stay.</param>
    /// <returns>False when it is left out.</returns>
    public bool Fit(TokenSequence tokens, int after, LineProblems problems)
    {
        Count(tokens.Count);
        if (tokens.Count <= context)
        {
            return true;
        }

        if (IsRefused(tokens.Count, problems) || rule == OverlongRule.Drop)
        {
            Dropped++;
            return false;
        }

        Truncated++;
        tokens.Remove(context - after, tokens.Count - context);
        return true;
    }

    /// <summary>A question that is cut is another question.</summary>
    /// <returns>False when it is left out, because too little room would be left for an answer.</returns>
    public bool LeavesRoom(int tokens, int forAnswer, LineProblems problems)
    {
        Count(tokens);
        if (tokens + forAnswer <= context)
        {
            return true;
        }

        IsRefused(tokens + forAnswer, problems);
        Dropped++;
        return false;
    }

    private void Count(int tokens) => histogram[Math.Min(Bins, (int)(((long)Math.Max(tokens, 1) - 1) * Bins / context))]++;

    private bool IsRefused(int tokens, LineProblems problems)
    {
        if (rule != OverlongRule.Reject || tokens <= context)
        {
            return false;
        }

        problems.Add(null, $"an example of {tokens} tokens", $"at most {context} tokens, the context length",
            "Shorten it, raise hyperparameters.contextLength, or set \"split\": {\"overlong\": \"truncate\"} in tuning.json.");
        return true;
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
