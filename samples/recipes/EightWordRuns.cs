using System.Text.RegularExpressions;

namespace ServerlessTuning.Recipes;

/// <summary>Every run of eight words of some texts, case and punctuation left aside: tells whether another text repeats them.</summary>
public sealed partial class EightWordRuns
{
    public const int Length = 8;

    private readonly HashSet<string> _runs = [];

    public EightWordRuns(IEnumerable<string> texts)
    {
        foreach (var text in texts)
        {
            _runs.UnionWith(Of(text));
        }
    }

    public bool SharesOneWith(string text) => Of(text).Any(_runs.Contains);

    /// <summary>None for a text of fewer than eight words.</summary>
    public static IEnumerable<string> Of(string text)
    {
        var words = Word().Matches(text.ToLowerInvariant()).Select(match => match.Value).ToArray();
        for (var first = 0; first + Length <= words.Length; first++)
        {
            yield return string.Join(' ', words, first, Length);
        }
    }

    [GeneratedRegex(@"[\p{L}\p{N}]+(?:'[\p{L}]+)*")]
    private static partial Regex Word();
}
