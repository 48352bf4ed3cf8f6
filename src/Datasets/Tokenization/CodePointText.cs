using System.Text;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>
/// A text in which every code point beyond U+FFFF is replaced by one character of the same general category, so that <c>\p{L}</c>, <c>\s</c> and the like
/// match code points, as in the tokenizers library, and not halves of surrogate pairs.
/// </summary>
/// <param name="Text">One character a code point.</param>
/// <param name="Starts">Where each code point began in the original, and its length at the end.</param>
internal sealed record CodePointText(string Text, int[] Starts)
{
    private static readonly char[] s_representatives = Representatives();

    public static CodePointText Of(ReadOnlySpan<char> text)
    {
        var characters = new StringBuilder(text.Length);
        var starts = new List<int>(text.Length + 1);
        for (var at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text[at..], out var rune, out var length);
            characters.Append(rune.IsBmp ? (char)rune.Value : s_representatives[(int)Rune.GetUnicodeCategory(rune)]);
            starts.Add(at);
            at += length;
        }
        starts.Add(text.Length);
        return new(characters.ToString(), [.. starts]);
    }

    // The highest of each category: unlikely to be named by a pattern. Categories without one (surrogates) stay U+FFFF, which is in none that patterns name.
    private static char[] Representatives()
    {
        var representatives = new char[30];
        Array.Fill(representatives, '\uFFFF');
        for (var c = '\0'; c < '\uFFFF'; c++)
        {
            if (!char.IsSurrogate(c))
            {
                representatives[(int)char.GetUnicodeCategory(c)] = c;
            }
        }
        return representatives;
    }
}
