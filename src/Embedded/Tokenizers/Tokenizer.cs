using System.Buffers;

namespace Microsoft.ML.Tokenizers;

/// <summary>Text to token ids and back.</summary>
public abstract class Tokenizer
{
    protected Tokenizer()
    {
    }

    public IReadOnlyList<int> EncodeToIds(string text, bool considerPreTokenization = true, bool considerNormalization = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EncodeToIds(text, text, Settings(considerPreTokenization, considerNormalization)).Tokens;
    }

    public IReadOnlyList<int> EncodeToIds(ReadOnlySpan<char> text, bool considerPreTokenization = true, bool considerNormalization = true) =>
        EncodeToIds(null, text, Settings(considerPreTokenization, considerNormalization)).Tokens;

    public IReadOnlyList<EncodedToken> EncodeToTokens(
        string text, out string? normalizedText, bool considerPreTokenization = true, bool considerNormalization = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        var results = EncodeToTokens(text, text, Settings(considerPreTokenization, considerNormalization));
        normalizedText = results.NormalizedText;
        return results.Tokens;
    }

    public int CountTokens(string text, bool considerPreTokenization = true, bool considerNormalization = true) =>
        EncodeToIds(text, considerPreTokenization, considerNormalization).Count;

    public virtual string? Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var list = ids.ToArray();
        for (var size = 8 * list.Length + 8; ; size *= 2)
        {
            var chars = new char[size];
            if (Decode(list, chars, out _, out var written) == OperationStatus.Done)
            {
                return new string(chars, 0, written);
            }
        }
    }

    public abstract OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten);

    /// <param name="text">The same as <paramref name="textSpan"/>, or null where the caller had no string.</param>
    protected abstract EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings);

    /// <inheritdoc cref="EncodeToTokens(string?, ReadOnlySpan{char}, EncodeSettings)"/>
    protected virtual EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var results = EncodeToTokens(text, textSpan, settings);
        return new() { Tokens = [.. results.Tokens.Select(token => token.Id)], NormalizedText = results.NormalizedText, CharsConsumed = results.CharsConsumed };
    }

    private static EncodeSettings Settings(bool considerPreTokenization, bool considerNormalization) =>
        new() { ConsiderPreTokenization = considerPreTokenization, ConsiderNormalization = considerNormalization };
}
