using System.Text.RegularExpressions;

namespace ServerlessTuning.Trainer.Graders.Similarity;

/// <summary>Texts as words, the way the metrics' reference programs cut them.</summary>
internal static partial class Words
{
    /// <summary>
    /// mteval's 13a: punctuation is a word of its own, but the point and comma inside a number. Source: sacreBLEU's tokenizer_13a, its default.
    /// </summary>
    public static string[] OfTranslation(string text)
    {
        var line = text.TrimEnd().Replace("<skipped>", "", StringComparison.Ordinal).Replace("-\n", "", StringComparison.Ordinal).Replace('\n', ' ');
        line = line.Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal).Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal);
        line = Sign().Replace($" {line} ", " $1 ");
        line = PointAfterWord().Replace(line, "$1 $2 ");
        line = PointBeforeWord().Replace(line, " $1 $2");
        return DashAfterDigit().Replace(line, "$1 $2 ").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>
    /// Runs of letters, marks and digits in lower case. As Google's rouge_score without its stemmer, which knows a to z and 0 to 9 only: other scripts would have no words at all.
    /// </summary>
    public static string[] OfSummary(string text) => [.. Run().Matches(text.ToLowerInvariant()).Select(match => match.Value)];

    [GeneratedRegex(@"([\{-\~\[-\` -\&\(-\+\:-\@\/])")]
    private static partial Regex Sign();

    [GeneratedRegex(@"([^0-9])([\.,])")]
    private static partial Regex PointAfterWord();

    [GeneratedRegex(@"([\.,])([^0-9])")]
    private static partial Regex PointBeforeWord();

    [GeneratedRegex("([0-9])(-)")]
    private static partial Regex DashAfterDigit();

    [GeneratedRegex(@"[\p{L}\p{M}\p{Nd}]+")]
    private static partial Regex Run();
}
