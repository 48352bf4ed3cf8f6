using System.Text;

namespace ServerlessTuning.Recipes;

/// <summary>
/// Texts with gaps, and what was in them: how T5 is pretrained. Spans of three words on average, fifteen of a hundred words. Source: Raffel et al. 2019, arXiv:1910.10683, section 3.1.4;
/// by words instead of tokens, because it is done before there is a tokenizer.
/// </summary>
public static class SpanCorruption
{
    private const int Span = 3, Gaps = 20;
    private const double Share = 0.15;

    public static IReadOnlyList<string> Sentinels { get; } = [.. Enumerable.Range(0, Gaps).Select(i => $"<extra_id_{i}>")];

    /// <returns>Null when the text is too short to have a gap.</returns>
    public static (string Source, string Target)? Of(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var gaps = Math.Min(Gaps - 1, (int)Math.Round(words.Length * Share / Span));
        if (gaps == 0)
        {
            return null;
        }

        var random = new Random((int)StableHash.Of(text));
        var (source, target, room) = (new StringBuilder(), new StringBuilder(), words.Length / gaps);
        for (var gap = 0; gap < gaps; gap++)
        {
            var (begin, end) = (gap * room, gap == gaps - 1 ? words.Length : (gap + 1) * room);
            var length = Math.Min(1 + random.Next(2 * Span - 1), end - begin - 1);
            var at = begin + random.Next(end - begin - length + 1);
            source.AppendJoin(' ', words[begin..at]).Append(at > begin ? " " : "").Append(Sentinels[gap]).Append(' ').AppendJoin(' ', words[(at + length)..end]).Append(at + length < end ? " " : "");
            target.Append(Sentinels[gap]).Append(' ').AppendJoin(' ', words[at..(at + length)]).Append(' ');
        }

        return (source.ToString().TrimEnd(), target.Append(Sentinels[gaps]).ToString());
    }
}
