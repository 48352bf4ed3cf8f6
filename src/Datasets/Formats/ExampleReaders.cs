using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Formats;

/// <summary>The reader for a format.</summary>
public static class ExampleReaders
{
    /// <param name="stream">Positioned at <see cref="LineReader.ReadFrom"/>(<paramref name="begin"/>).</param>
    /// <param name="endsFile">Nothing of the file lies behind <paramref name="end"/>.</param>
    public static IExampleReader Open(FileFormat format, Stream stream, long begin, long end, bool endsFile, ProblemLog log)
    {
        ArgumentNullException.ThrowIfNull(format);
        var lines = new LineReader(stream, begin, end);
        return format.Layout switch
        {
            FileLayout.JsonLines => new JsonLinesReader(lines, format.Kind, log),
            FileLayout.Delimited => new DelimitedReader(lines, format, log),
            _ => new PassageReader(lines, endsFile, log),
        };
    }
}
