namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>Unicode normalization form C.</summary>
internal sealed class NfcNormalizer : INormalizer
{
    // Everything below U+0300 is in the form already.
    public string Normalize(string text) => text.AsSpan().ContainsAnyExceptInRange('\0', '\u02FF') ? CanonicalForms.Compose(text) : text;
}
