using System.Text;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>What a token's text stands for: reads the decoder of a tokenizer.json.</summary>
/// <param name="BytesOf">Of a token that is no added one.</param>
/// <param name="DropsFirstSpace">A space before the first word is the tokenizer's own.</param>
/// <param name="TidiesSigns">Spaces before signs, and inside English contractions, go away.</param>
internal sealed record TokenSpelling(Func<string, byte[]> BytesOf, bool DropsFirstSpace = false, bool TidiesSigns = false)
{
    private static readonly (string From, string To)[] Signs =
        [(" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re")];

    public static readonly TokenSpelling ByteLevel = new(ByteLevelAlphabet.BytesOf);

    public static TokenSpelling Read(JsonPart? decoder)
    {
        List<JsonPart> chain = [.. Flatten(decoder)];
        var kinds = chain.Select(part => part["type"].String).ToList();
        if (kinds.FirstOrDefault(kind => kind is not ("ByteLevel" or "WordPiece" or "Metaspace" or "Replace" or "ByteFallback" or "Fuse" or "Strip")) is { } unknown)
        {
            throw chain[kinds.IndexOf(unknown)]["type"].Unsupported("'ByteLevel', 'WordPiece', 'Metaspace', 'Replace', 'ByteFallback', 'Fuse', 'Strip' or a 'Sequence' of them");
        }

        if (kinds.Contains("ByteLevel"))
        {
            return ByteLevel;
        }

        if (kinds.IndexOf("WordPiece") is >= 0 and var place)
        {
            var prefix = chain[place].Optional("prefix")?.String ?? "##";
            return new(token => Encoding.UTF8.GetBytes(token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token),
                DropsFirstSpace: true, chain[place].Flag("cleanup", otherwise: true));
        }

        var metaspace = chain.Find(part => part["type"].String == "Metaspace");
        var drops = metaspace is not null ? metaspace.Optional("prepend_scheme")?.String != "never" && metaspace.Flag("add_prefix_space", otherwise: true) : kinds.Contains("Strip");
        return new(MarkedBytes, drops);
    }

    public string Tidy(string text) => TidiesSigns ? Signs.Aggregate(text, (sofar, sign) => sofar.Replace(sign.From, sign.To, StringComparison.Ordinal)) : text;

    /// <summary>A byte where the token says one; else its text with spaces for the marks.</summary>
    private static byte[] MarkedBytes(string token) =>
        token is ['<', '0', 'x', var high, var low, '>'] && char.IsAsciiHexDigit(high) && char.IsAsciiHexDigit(low) ? [Convert.ToByte(token[3..5], 16)]
            : Encoding.UTF8.GetBytes(token.Replace('▁', ' '));

    private static IEnumerable<JsonPart> Flatten(JsonPart? decoder) => decoder is null ? [] : decoder["type"].String == "Sequence" ? decoder["decoders"].Items.SelectMany(Flatten) : [decoder];
}
