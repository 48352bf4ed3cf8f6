using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>
/// One example as it stands in the file: who says what, as UTF-8. The same object is filled again for each line,
/// so that reading half a gigabyte leaves no garbage behind.
/// </summary>
public sealed class ExampleRecord
{
    private static readonly SearchValues<byte> ControlCharacters =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(static c => (byte)c).Where(static c => c is not ((byte)'\t' or (byte)'\n' or (byte)'\r')), 0x7F]);

    private readonly ArrayBufferWriter<byte> text = new(64 << 10);
    private readonly List<Turn> turns = [];
    private readonly List<string> labels = [];
    private readonly ArrayBufferWriter<byte> canonical = new(64 << 10);

    public IReadOnlyList<Turn> Turns => turns;

    /// <summary>The JSON array of the tools that a chat may call, as it stands in the file; empty when there is none.</summary>
    public Slice Tools { get; internal set; }

    /// <summary>What the example is labelled with: one or several names, or a number as it is written.</summary>
    public IReadOnlyList<string> Labels => labels;

    /// <summary>The label is a number in the file.</summary>
    public bool IsNumber { get; internal set; }

    /// <summary>The labels stand in a list: there may be several, or none.</summary>
    public bool IsList { get; internal set; }

    /// <summary>The whole line, where a grader may ask for any of its fields.</summary>
    public Slice Row { get; internal set; }

    /// <summary>All text appended so far.</summary>
    internal Slice All => new(0, text.WrittenCount);

    /// <summary>The bytes of a slice, valid until the record is filled again.</summary>
    public ReadOnlySpan<byte> this[Slice slice] => text.WrittenSpan.Slice(slice.Start, slice.Length);

    /// <summary>
    /// What tells examples apart: the first 128 bits of SHA-256 over who says what. Labels, weights, tool definitions and how the file
    /// spells a text (escapes, order of keys) do not count, so the same conversation never stands on both sides of a split.
    /// </summary>
    public UInt128 Fingerprint()
    {
        canonical.ResetWrittenCount();
        foreach (var turn in turns)
        {
            AppendCanonical((Role)((byte)turn.Role | (byte)turn.Answer << 6), turn.Content);
            if (turn.ToolCalls.Length > 0)
            {
                AppendCanonical((Role)0xFF, turn.ToolCalls);
            }
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(canonical.WrittenSpan, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    /// <summary>Characters below the space, other than tab, line feed and carriage return: mostly leftovers of an export.</summary>
    public bool HasControlCharacters()
    {
        foreach (var turn in turns)
        {
            if (this[turn.Content].ContainsAny(ControlCharacters))
            {
                return true;
            }
        }

        return false;
    }

    internal void Clear()
    {
        text.ResetWrittenCount();
        turns.Clear();
        labels.Clear();
        (Tools, Row, IsNumber, IsList) = (default, default, false, false);
    }

    internal void AddLabel(string label) => labels.Add(label);

    internal void Add(Turn turn) => turns.Add(turn);

    /// <summary>The turns from one on belong to an answer; those of the question are not learned.</summary>
    internal void Answers(int from, Answer answer)
    {
        for (var i = from; i < turns.Count; i++)
        {
            turns[i] = turns[i] with { Answer = answer, Supervised = turns[i].Supervised && answer != Answer.None };
        }
    }

    internal Slice Append(ReadOnlySpan<byte> utf8)
    {
        var start = text.WrittenCount;
        text.Write(utf8);
        return new(start, utf8.Length);
    }

    /// <summary>Room to write into; what was written is claimed with <see cref="Claim"/>.</summary>
    internal Span<byte> Room(int atLeast) => text.GetSpan(atLeast);

    internal Slice Claim(int written)
    {
        var start = text.WrittenCount;
        text.Advance(written);
        return new(start, written);
    }

    private void AppendCanonical(Role role, Slice content)
    {
        var head = canonical.GetSpan(5);
        head[0] = (byte)role;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], content.Length);   // so that no text can pass for a turn's border
        canonical.Advance(5);
        canonical.Write(this[content]);
    }
}

/// <summary>A part of a record's text.</summary>
public readonly record struct Slice(int Start, int Length);

/// <summary>Who speaks, or which part of an example without speakers it is.</summary>
public enum Role : byte
{
    System,
    Developer,
    User,
    Assistant,
    Tool,
    Prompt,
    Completion,
    Text,

    /// <summary>Of a tagged text; its tag is the turn's name.</summary>
    Word,
}

/// <summary>Which of two answers to the same question a turn belongs to.</summary>
public enum Answer : byte
{
    /// <summary>To neither: it is part of the question, or there is only one answer.</summary>
    None,
    Chosen,
    Rejected,
}

/// <summary>One message, or one part of an example without speakers.</summary>
/// <param name="Supervised">Carries loss: an assistant's turn whose weight is not 0, a completion, a text.</param>
/// <param name="ToolCalls">The JSON array as it stands in the file; empty when there is none.</param>
/// <param name="Name">Empty when there is none.</param>
/// <param name="ToolCallId">Of a tool's message: which call it answers.</param>
/// <param name="EndsDocument">Of a text: nothing of the same document follows, so the end-of-sequence token does.</param>
public readonly record struct Turn(
    Role Role, Slice Content, bool Supervised, Slice ToolCalls = default, Slice Name = default, Slice ToolCallId = default, bool EndsDocument = true,
    Answer Answer = Answer.None);
