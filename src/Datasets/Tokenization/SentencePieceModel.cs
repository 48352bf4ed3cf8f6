using System.Buffers.Binary;
using System.Text;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>A piece of a SentencePiece vocabulary; its place is its id.</summary>
/// <param name="Kind">1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte.</param>
internal sealed record SentencePiece(string Text, float Score, int Kind);

/// <summary>
/// What a tokenizer.model says: protocol buffers, of which only a few fields matter. Source: sentencepiece, src/sentencepiece_model.proto.
/// </summary>
internal sealed class SentencePieceModel
{
    private const string File = "tokenizer.model";
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;

    public List<SentencePiece> Pieces { get; } = [];

    /// <summary>1 unigram, 2 BPE, 3 words, 4 characters.</summary>
    public int ModelType { get; private set; } = 1;

    public bool AddsDummyPrefix { get; private set; } = true;

    public bool RemovesExtraWhitespaces { get; private set; } = true;

    /// <summary>The normalizer's table; empty for none.</summary>
    public byte[] CharacterMap { get; private set; } = [];

    /// <exception cref="TokenizerException">Not such a file.</exception>
    public static SentencePieceModel Read(ReadOnlySpan<byte> file)
    {
        var model = new SentencePieceModel();
        foreach (var (field, value, bytes) in Fields(file))
        {
            _ = (field, value) switch
            {
                (1, _) => model.AddPiece(bytes.Span),
                (2, _) => model.ReadTrainer(bytes.Span),
                (3, _) => model.ReadNormalizer(bytes.Span),
                _ => true,
            };
        }

        return model.Pieces.Count > 0 ? model : throw Wrong("no pieces");
    }

    private bool AddPiece(ReadOnlySpan<byte> message)
    {
        var (text, score, kind) = ("", 0f, 1);
        foreach (var (field, value, bytes) in Fields(message))
        {
            (text, score, kind) = field switch
            {
                1 => (Encoding.UTF8.GetString(bytes.Span), score, kind),
                2 => (text, BitConverter.UInt32BitsToSingle((uint)value), kind),
                3 => (text, score, (int)value),
                _ => (text, score, kind),
            };
        }

        Pieces.Add(new(text, score, kind));
        return true;
    }

    private bool ReadTrainer(ReadOnlySpan<byte> message)
    {
        foreach (var (field, value, _) in Fields(message))
        {
            ModelType = field == 3 ? (int)value : ModelType;
        }

        return true;
    }

    private bool ReadNormalizer(ReadOnlySpan<byte> message)
    {
        foreach (var (field, value, bytes) in Fields(message))
        {
            CharacterMap = field == 2 ? bytes.ToArray() : CharacterMap;
            AddsDummyPrefix = field == 3 ? value != 0 : AddsDummyPrefix;
            RemovesExtraWhitespaces = field == 4 ? value != 0 : RemovesExtraWhitespaces;
        }

        return true;
    }

    private static List<(int Field, ulong Value, ReadOnlyMemory<byte> Bytes)> Fields(ReadOnlySpan<byte> message)
    {
        var fields = new List<(int, ulong, ReadOnlyMemory<byte>)>();
        for (var at = 0; at < message.Length;)
        {
            var key = Number(message, ref at);
            var (field, type) = ((int)(key >> 3), (int)(key & 7));
            switch (type)
            {
                case Varint:
                    fields.Add((field, Number(message, ref at), default));
                    break;
                case Bytes:
                    var length = Number(message, ref at);
                    var rest = message.Length - at;
                    fields.Add((field, 0, length <= (ulong)rest ? message.Slice(at, (int)length).ToArray() : throw Wrong($"a field of {length} bytes where {rest} are left")));
                    at += (int)length;
                    break;
                case Fixed32 when at + 4 <= message.Length:
                    fields.Add((field, BinaryPrimitives.ReadUInt32LittleEndian(message[at..]), default));
                    at += 4;
                    break;
                case Fixed64 when at + 8 <= message.Length:
                    at += 8;
                    break;
                default:
                    throw Wrong($"a field of the unknown type {type} at byte {at}");
            }
        }

        return fields;
    }

    private static ulong Number(ReadOnlySpan<byte> message, ref int at)
    {
        var number = 0ul;
        for (var shift = 0; shift < 64 && at < message.Length; shift += 7)
        {
            var b = message[at++];
            number |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return number;
            }
        }

        throw Wrong("a number that does not end");
    }

    private static TokenizerException Wrong(string found) => new(File, "the whole file", found, "a SentencePiece model", "Copy the file again from the model.");
}
