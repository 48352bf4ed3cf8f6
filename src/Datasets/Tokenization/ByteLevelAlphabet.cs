using System.Text;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>
/// GPT-2's spelling of the 256 bytes as printable characters, in which byte-level vocabularies are written:
/// printable Latin-1 stands for itself, the rest for U+0100 and up, in order. A space is Ġ.
/// </summary>
internal static class ByteLevelAlphabet
{
    private static readonly char[] s_letters = Letters();
    private static readonly Dictionary<char, byte> s_bytes = s_letters.Select((letter, value) => (letter, value)).ToDictionary(p => p.letter, p => (byte)p.value);

    public static char LetterOf(byte value) => s_letters[value];

    /// <summary>A vocabulary that can spell every byte.</summary>
    public static bool IsWhole(IReadOnlyDictionary<string, int> vocabulary) => s_letters.All(letter => vocabulary.ContainsKey(letter.ToString()));

    public static string Spell(ReadOnlySpan<byte> bytes)
    {
        var letters = new StringBuilder(bytes.Length);
        foreach (var value in bytes)
        {
            letters.Append(s_letters[value]);
        }
        return letters.ToString();
    }

    /// <summary>A token with a character outside the alphabet stands for its own UTF-8 bytes.</summary>
    public static byte[] BytesOf(string token) =>
        token.All(s_bytes.ContainsKey) ? [.. token.Select(letter => s_bytes[letter])] : Encoding.UTF8.GetBytes(token);

    private static char[] Letters()
    {
        var letters = new char[256];
        var invented = 0x100;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is >= 0x21 and <= 0x7E or >= 0xA1 and <= 0xAC or >= 0xAE;
            letters[value] = printable ? (char)value : (char)invented++;
        }
        return letters;
    }
}
