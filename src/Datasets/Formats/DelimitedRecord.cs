using System.Buffers;

namespace ServerlessTuning.Datasets.Formats;

/// <summary>
/// One record of CSV as RFC 4180 has it, put together from its lines: a field in quotes may hold delimiters, line ends and doubled
/// quotes. Filled again for each record.
/// </summary>
internal sealed class DelimitedRecord(byte delimiter)
{
    private readonly ArrayBufferWriter<byte> text = new();
    private readonly List<(int Start, int End)> fields = [];
    private int start;
    private State state;

    private enum State
    {
        FieldStart,
        Bare,
        InQuotes,
        QuoteInQuotes,
    }

    public IReadOnlyList<(int Start, int End)> Fields => fields;

    /// <summary>False while a quote is open: the record goes on in the next line.</summary>
    public bool Complete => state != State.InQuotes;

    /// <summary>Something stands between a closing quote and the next delimiter.</summary>
    public bool Malformed { get; private set; }

    public ReadOnlySpan<byte> Field(int index) => text.WrittenSpan[fields[index].Start..fields[index].End];

    public void Clear()
    {
        text.ResetWrittenCount();
        fields.Clear();
        (start, state, Malformed) = (0, State.FieldStart, false);
    }

    /// <summary>Takes a line, without its line end.</summary>
    public void Append(ReadOnlySpan<byte> line)
    {
        if (state == State.InQuotes)
        {
            text.Write("\n"u8);
        }

        foreach (var c in line)
        {
            Take(c);
        }

        if (Complete)
        {
            EndField();
        }
    }

    private void Take(byte c)
    {
        if (c == delimiter && state != State.InQuotes)
        {
            EndField();
            return;
        }

        switch (state)
        {
            case State.FieldStart when c == '"':
                state = State.InQuotes;
                return;
            case State.FieldStart:
                state = State.Bare;
                break;
            case State.InQuotes when c == '"':
                state = State.QuoteInQuotes;
                return;
            case State.QuoteInQuotes when c == '"':
                state = State.InQuotes;
                break;
            case State.QuoteInQuotes:
                Malformed = true;
                break;
        }

        text.GetSpan(1)[0] = c;
        text.Advance(1);
    }

    private void EndField()
    {
        fields.Add((start, text.WrittenCount));
        start = text.WrittenCount;
        state = State.FieldStart;
    }
}
