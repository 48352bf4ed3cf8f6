using System.Text;
using System.Text.Json;
using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Formats;

/// <summary>CSV or TSV with a header: one example a record; a record may go on over several lines.</summary>
public sealed class DelimitedReader : IExampleReader
{
    private readonly LineReader lines;
    private readonly FileFormat format;
    private readonly ProblemLog log;
    private readonly DelimitedRecord record;
    private readonly string[] wanted;
    private readonly int[] columns;

    /// <param name="lines">Over a range that begins where a record begins; going through the file once tells where those are.</param>
    public DelimitedReader(LineReader lines, FileFormat format, ProblemLog log)
    {
        ArgumentNullException.ThrowIfNull(format);
        (this.lines, this.format, this.log) = (lines, format, log);
        record = new((byte)format.Delimiter!.Value);
        wanted = Wanted(format.Kind);
        columns = [.. wanted.Select(name => format.Columns!.ToList().IndexOf(name))];
    }

    /// <summary>The columns that a kind is made of.</summary>
    internal static string[] Wanted(ExampleKind kind) => kind switch
    {
        ExampleKind.Text => ["text"],
        ExampleKind.Labeled => ["text", "label"],
        ExampleKind.Preference => ["prompt", "chosen", "rejected"],
        ExampleKind.Judged => ["prompt", "completion", "label"],
        ExampleKind.Prompt => ["prompt"],
        ExampleKind.PromptCompletion => ["prompt", "completion"],
        _ => ["a file of JSON lines"],                        // no table can hold it
    };

    public ExampleRecord Example { get; } = new();

    public long Line { get; private set; }

    public long Lines => lines.Number;

    public long Offset { get; private set; }

    public async ValueTask<bool> NextAsync(CancellationToken cancellation)
    {
        while (await lines.NextAsync(cancellation))
        {
            if (lines.Offset == 0 || lines.Line.IsEmpty)      // the header, a blank line
            {
                continue;
            }

            (Line, Offset) = (lines.Number, lines.Offset);
            if (await TakeRecordAsync(cancellation) && Fill())
            {
                return true;
            }
        }

        return false;
    }

    public void Dispose() => lines.Dispose();

    private async ValueTask<bool> TakeRecordAsync(CancellationToken cancellation)
    {
        var good = log.Count;
        record.Clear();
        do
        {
            var problems = new LineProblems(log, lines.Number);
            if (lines.TooLong)
            {
                problems.Add(null, $"a line of more than {LineReader.LongestLine >> 20} MiB", "one example a record", "Split or remove an example of this size.");
            }
            else if (Utf8Check.Passes(lines.Line, problems))
            {
                record.Append(lines.Line);
            }

            if (record.Complete)
            {
                return log.Count == good;
            }
        }
        while (await lines.NextAsync(cancellation));
        log.Add(Line, null, "a quote that is never closed", "quotes in pairs", "Close the quote; a quote inside a field is written twice.");
        return false;
    }

    private bool Fill()
    {
        var problems = new LineProblems(log, Line);
        Example.Clear();
        if (record.Malformed)
        {
            problems.Add(null, "text behind a closing quote", "a delimiter or the end of the line", "A quote inside a field is written twice.");
        }
        else if (record.Fields.Count != format.Columns!.Count)
        {
            problems.Add(null, $"{record.Fields.Count} fields", $"{format.Columns.Count}, as in the header", "Put fields that hold the delimiter in quotes.");
        }
        else
        {
            FillFields(problems);
        }

        return problems.None;
    }

    private void FillFields(LineProblems problems)
    {
        Span<Slice> values = [default, default, default];
        for (var i = 0; i < wanted.Length; i++)
        {
            values[i] = Example.Append(record.Field(columns[i]));
            if (values[i].Length == 0)
            {
                TextLine.ReportEmpty(wanted[i], problems);
            }
        }

        AddTurns(values, problems);
    }

    private void AddTurns(ReadOnlySpan<Slice> values, LineProblems problems)
    {
        switch (format.Kind)
        {
            case ExampleKind.Labeled:
                Example.Add(new(Role.Text, values[0], Supervised: true));
                LabeledFields.AddCell(Example[values[1]], Example);
                break;
            case ExampleKind.Preference:
                Example.Add(new(Role.Prompt, values[0], Supervised: false));
                Example.Add(new(Role.Completion, values[1], Supervised: true, Answer: Answer.Chosen));
                Example.Add(new(Role.Completion, values[2], Supervised: true, Answer: Answer.Rejected));
                AnnotatedLine.CheckPair(Example, problems);
                break;
            case ExampleKind.Judged:
                Example.Add(new(Role.Prompt, values[0], Supervised: false));
                Example.Add(new(Role.Completion, values[1], Supervised: true, Answer: Answer.Chosen));
                Judge(Example[values[2]], problems);
                break;
            case ExampleKind.Prompt:
                Example.Add(new(Role.Prompt, values[0], Supervised: false));
                Example.Row = Row();
                break;
            default:
                TextLine.AddTurns(format.Kind, values, Example);
                break;
        }
    }

    private void Judge(ReadOnlySpan<byte> cell, LineProblems problems)
    {
        var text = Encoding.UTF8.GetString(cell).ToLowerInvariant();
        if (text is "true" or "false" or "1" or "0")
        {
            Example.AddLabel(text is "true" or "1" ? "true" : "false");
            return;
        }

        problems.Add("label", Quoted.Text(text), "true for a good answer, false for a bad one", "Say of each answer whether it is good.");
    }

    /// <summary>All columns, for a grader.</summary>
    private Slice Row() => Example.Append(JsonSerializer.SerializeToUtf8Bytes(
        format.Columns!.Select((column, i) => (column, Text: Encoding.UTF8.GetString(record.Field(i)))).DistinctBy(cell => cell.column).ToDictionary(cell => cell.column, cell => cell.Text)));
}
