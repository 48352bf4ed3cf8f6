namespace Microsoft.ML.Tokenizers;

/// <summary>What encoding gave.</summary>
public struct EncodeResults<T>
{
    public IReadOnlyList<T> Tokens { get; set; }

    /// <summary>Null when the text was not changed before it was cut.</summary>
    public string? NormalizedText { get; set; }

    public int CharsConsumed { get; set; }
}
