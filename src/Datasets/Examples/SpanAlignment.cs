using System.Text;
using ServerlessTuning.Datasets.Tokenization;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>
/// Which tokens of a whole text stand in its supervised segments. For tokenizers that mark word starts, a segment alone would get a mark that the whole text has
/// not; so the whole is encoded, and tokens are laid along its bytes. A token that reaches into a supervised segment is supervised.
/// </summary>
internal static class SpanAlignment
{
    /// <returns>False when the tokens do not spell the text: a normalizer changed it.</returns>
    public static bool TryTokenize(ModelTokenizer tokenizer, IReadOnlyList<TextSpan> segments, string text, List<(int Id, bool Supervised)> into)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var (at, segment) = (0, 0);
        foreach (var id in tokenizer.Encode(text))
        {
            if (Place(bytes, at, tokenizer.BytesOf(id).Span) is not { } place)
            {
                return false;
            }

            while (segment < segments.Count - 1 && segments[segment].End <= place.Start)
            {
                segment++;
            }

            var last = segment;
            var supervised = false;
            for (; last < segments.Count && segments[last].Start < Math.Max(place.End, place.Start + 1); last++)
            {
                supervised |= segments[last].Supervised;
            }

            into.Add((id, supervised));
            at = place.End;
        }

        return bytes.AsSpan(at).Trim(" \n\r\t"u8).IsEmpty;
    }

    /// <summary>Where a token stands from a byte on: as it is, without the space that only marks a word's start, or behind white space that it took along.</summary>
    private static (int Start, int End)? Place(ReadOnlySpan<byte> text, int at, ReadOnlySpan<byte> token)
    {
        for (var start = at; ; start++)
        {
            if (text[start..].StartsWith(token))
            {
                return (start, start + token.Length);
            }

            if (token is [(byte)' ', ..] && text[start..].StartsWith(token[1..]))
            {
                return (start, start + token.Length - 1);
            }

            if (start >= text.Length || text[start] is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
            {
                return null;
            }
        }
    }
}

/// <param name="Start">First byte.</param>
/// <param name="End">Behind the last byte.</param>
internal readonly record struct TextSpan(int Start, int End, bool Supervised);
