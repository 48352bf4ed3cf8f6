using System.Text;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Formats;

/// <summary>The header of a CSV or TSV file decides what its records are.</summary>
internal static class DelimitedHeader
{
    public static FileFormat? Read(ReadOnlySpan<byte> text, char delimiter, ProblemLog log, TuningTask? task = null)
    {
        var record = new DelimitedRecord((byte)delimiter);
        var lineEnd = text.IndexOf((byte)'\n');
        record.Append(lineEnd < 0 ? text : text[..lineEnd].TrimEnd((byte)'\r'));
        if (!record.Complete)
        {
            log.Add(1, null, "a header with an open quote", "the names of the columns", "Close the quote.");
            return null;
        }

        var columns = Enumerable.Range(0, record.Fields.Count).Select(i => Encoding.UTF8.GetString(record.Field(i)).Trim()).ToList();
        var kind = FormatDetection.KindOf(columns, task);
        if (kind is null || DelimitedReader.Wanted(kind.Value).FirstOrDefault(column => !columns.Contains(column)) is not null)
        {
            var near = columns.Select(static column => NearestName.Of(column, ["prompt", "completion", "text", "label", "chosen", "rejected"])).FirstOrDefault(static near => near is not null);
            log.Add(1, null, $"the columns {string.Join(", ", columns.Take(8).Select(Quoted.Text))}", "the columns prompt and completion, text, text and label, or prompt, chosen and rejected, in the first line",
                near is null ? "Name the columns in the first line." : $"Did you mean \"{near}\"?");
            return null;
        }

        return new(FileLayout.Delimited, kind.Value, delimiter, columns);
    }
}
