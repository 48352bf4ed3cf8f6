namespace Microsoft.ML.Tokenizers;

/// <summary>Cuts text into pieces that no token crosses.</summary>
public abstract class PreTokenizer
{
    protected PreTokenizer()
    {
    }

    /// <summary>Offset and length of each piece, in chars.</summary>
    public abstract IEnumerable<(int Offset, int Length)> PreTokenize(string text);

    /// <summary>Offset and length of each piece, in chars.</summary>
    public abstract IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text);
}
