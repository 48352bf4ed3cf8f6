namespace Microsoft.ML.Tokenizers;

/// <summary>What a byte-pair-encoding tokenizer is made of.</summary>
public sealed class BpeOptions(IEnumerable<KeyValuePair<string, int>> vocabulary)
{
    /// <summary>Token to id. Byte-level tokens are spelled in GPT-2's alphabet of 256 printable characters.</summary>
    public IEnumerable<KeyValuePair<string, int>> Vocabulary { get; } = vocabulary ?? throw new ArgumentNullException(nameof(vocabulary));

    /// <summary>Pairs <c>left right</c>, the first merged first.</summary>
    public IEnumerable<string>? Merges { get; set; }

    /// <summary>Whether text is encoded as its UTF-8 bytes.</summary>
    public bool ByteLevel { get; set; }

    public PreTokenizer? PreTokenizer { get; set; }
}
