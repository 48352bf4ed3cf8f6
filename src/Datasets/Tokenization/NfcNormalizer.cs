using System.Text;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>Unicode normalization form C.</summary>
internal sealed class NfcNormalizer : INormalizer
{
    public string Normalize(string text) => text.AsSpan().ContainsAnyExceptInRange('\0', '\u02FF') ? text.Normalize(NormalizationForm.FormC) : text;
}
