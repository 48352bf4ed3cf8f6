using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Formats;

/// <summary>CSV or TSV with a header: one example a record; a record may go on over several lines.</summary>
public sealed class DelimitedReader : IExampleReader
{
    private static readonly string[] PromptColumns = ["prompt", "completion"], TextColumns = ["text"];

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
        wanted = format.Kind == ExampleKind.Text ? TextColumns : PromptColumns;
        columns = [.. wanted.Select(name => format.Columns!.ToList().IndexOf(name))];
    }

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
        Span<Slice> values = [default, default];
        for (var i = 0; i < wanted.Length; i++)
        {
            values[i] = Example.Append(record.Field(columns[i]));
            if (values[i].Length == 0)
            {
                TextLine.ReportEmpty(wanted[i], problems);
            }
        }

        TextLine.AddTurns(format.Kind, values, Example);
    }
}
