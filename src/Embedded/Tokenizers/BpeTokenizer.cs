using System.Buffers;
using System.Text;
using ServerlessTuning.Embedded.Tokenizers;

namespace Microsoft.ML.Tokenizers;

/// <summary>Byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909) over the UTF-8 bytes of a text, as GPT-2 does it.</summary>
public sealed class BpeTokenizer : Tokenizer
{
    private readonly PreTokenizer? _preTokenizer;
    private readonly WordCache _words;
    private readonly Dictionary<int, string> _tokens;

    private BpeTokenizer(BpeOptions options)
    {
        _preTokenizer = options.PreTokenizer;
        _words = new WordCache(new ByteMerges(options.Vocabulary, options.Merges ?? []));
        _tokens = options.Vocabulary.ToDictionary(entry => entry.Value, entry => entry.Key);
    }

    /// <exception cref="NotSupportedException"><see cref="BpeOptions.ByteLevel"/> is false: this stand-in has only what the product uses.</exception>
    /// <exception cref="InvalidOperationException">A merge names a token that the vocabulary lacks.</exception>
    public static BpeTokenizer Create(BpeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.ByteLevel
            ? new BpeTokenizer(options)
            : throw new NotSupportedException("The embedded BpeTokenizer encodes bytes only: set BpeOptions.ByteLevel, or build with -p:TuningStack=Azure.");
    }

    /// <summary>Bytes that are not UTF-8 become U+FFFD; ids outside the vocabulary are left out.</summary>
    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        (idsConsumed, charsWritten) = (0, 0);
        var list = ids.ToArray();
        byte[] bytes = [.. list.SelectMany(id => _tokens.TryGetValue(id, out var token) ? token.Select(ByteAlphabet.ByteOf) : [])];
        if (!Encoding.UTF8.TryGetChars(bytes, destination, out charsWritten))
        {
            return OperationStatus.DestinationTooSmall;
        }
        idsConsumed = list.Length;
        return OperationStatus.Done;
    }

    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var ids = new List<int>(textSpan.Length / 3 + 4);
        foreach (var (offset, length) in Pieces(text, textSpan, settings))
        {
            _words.Encode(textSpan.Slice(offset, length), ids);
        }
        return new() { Tokens = ids, CharsConsumed = textSpan.Length };
    }

    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var tokens = new List<EncodedToken>();
        foreach (var (offset, length) in Pieces(text, textSpan, settings))
        {
            var ids = new List<int>();
            _words.Encode(textSpan.Slice(offset, length), ids);
            AddTokens(textSpan.Slice(offset, length), offset, ids, tokens);
        }
        return new() { Tokens = tokens, CharsConsumed = textSpan.Length };
    }

    private IEnumerable<(int Offset, int Length)> Pieces(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        _preTokenizer is null || !settings.ConsiderPreTokenization ? [(0, textSpan.Length)]
        : text is null ? _preTokenizer.PreTokenize(textSpan)
        : _preTokenizer.PreTokenize(text);

    // Tokens are bytes; a character belongs to the token that holds its first byte.
    private void AddTokens(ReadOnlySpan<char> piece, int offset, List<int> ids, List<EncodedToken> tokens)
    {
        var (character, bytesSeen, bytesOfCharacters) = (0, 0, 0);
        foreach (var id in ids)
        {
            var first = character;
            bytesSeen += _tokens[id].Length;
            while (character < piece.Length && bytesOfCharacters < bytesSeen)
            {
                Rune.DecodeFromUtf16(piece[character..], out var rune, out var chars);
                character += chars;
                bytesOfCharacters += rune.Utf8SequenceLength;
            }
            tokens.Add(new(id, _tokens[id], (offset + first)..(offset + character)));
        }
    }
}
