namespace Microsoft.ML.Tokenizers;

/// <summary>How to encode.</summary>
public struct EncodeSettings
{
    public EncodeSettings()
    {
    }

    public bool ConsiderPreTokenization { get; set; } = true;

    public bool ConsiderNormalization { get; set; } = true;
}
