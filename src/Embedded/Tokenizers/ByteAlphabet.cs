namespace ServerlessTuning.Embedded.Tokenizers;

/// <summary>GPT-2's spelling of the 256 bytes: printable Latin-1 stands for itself, the rest for U+0100 and up, in order.</summary>
internal static class ByteAlphabet
{
    private static readonly Dictionary<char, byte> s_bytes = Build();

    public static IEnumerable<KeyValuePair<char, byte>> Letters => s_bytes;

    public static byte ByteOf(char letter) => s_bytes[letter];

    private static Dictionary<char, byte> Build()
    {
        var letters = new Dictionary<char, byte>();
        var invented = 0x100;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is >= 0x21 and <= 0x7E or >= 0xA1 and <= 0xAC or >= 0xAE;
            letters.Add(printable ? (char)value : (char)invented++, (byte)value);
        }
        return letters;
    }
}
