using System.Text;

namespace ServerlessTuning.Trainer.Evaluation;

/// <summary>
/// chrF2: the F-score of character 1- to 6-grams with β = 2, white space removed. Source: Popović 2015, "chrF: character n-gram F-score for automatic
/// MT evaluation"; details (orders that neither text reaches do not count) as in sacreBLEU's default.
/// </summary>
public static class Chrf
{
    private const int Orders = 6;
    private const double BetaSquared = 4;

    /// <returns>0 (nothing in common) to 100 (the same).</returns>
    public static double Score(string hypothesis, string reference)
    {
        var (said, expected) = (Characters(hypothesis), Characters(reference));
        var (precision, recall, orders) = (0.0, 0.0, 0);
        for (var n = 1; n <= Math.Min(Orders, Math.Min(said.Length, expected.Length)); n++)
        {
            var (found, wanted) = (Grams(said, n), Grams(expected, n));
            var matches = found.Sum(gram => Math.Min(gram.Value, wanted.GetValueOrDefault(gram.Key)));
            precision += (double)matches / (said.Length - n + 1);
            recall += (double)matches / (expected.Length - n + 1);
            orders++;
        }

        if (precision + recall == 0)
        {
            return 0;
        }

        (precision, recall) = (precision / orders, recall / orders);
        return 100 * (1 + BetaSquared) * precision * recall / (BetaSquared * precision + recall);
    }

    /// <summary>One entry a code point, so that a character outside the basic plane counts once.</summary>
    private static string[] Characters(string text) => [.. text.EnumerateRunes().Where(rune => !Rune.IsWhiteSpace(rune)).Select(rune => rune.ToString())];

    private static Dictionary<string, int> Grams(string[] characters, int n)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i + n <= characters.Length; i++)
        {
            var gram = string.Concat(characters.AsSpan(i, n));
            counts[gram] = counts.GetValueOrDefault(gram) + 1;
        }

        return counts;
    }
}
