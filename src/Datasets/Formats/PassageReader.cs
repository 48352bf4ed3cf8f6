using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Formats;

/// <summary>
/// Plain text: whole paragraphs are joined into passages of about <see cref="PassageBytes"/>, word for word, so that a long file has parts
/// that can be held out. A line <c>&lt;|endoftext|&gt;</c> ends a document; so does the end of the file.
/// </summary>
/// <param name="lines">Over a range that begins where a passage begins; going through the file once tells where those are.</param>
/// <param name="endsFile">The range goes to the end of the file.</param>
public sealed class PassageReader(LineReader lines, bool endsFile, ProblemLog log) : IExampleReader
{
    /// <summary>A passage ends at the first blank line behind this many bytes.</summary>
    public const int PassageBytes = 4 << 10;

    /// <summary>Without blank lines, a passage ends at the first line end behind this many bytes.</summary>
    public const int LongestPassageBytes = 64 << 10;

    private bool pending;              // the line reader stands at a line that has not been taken

    public ExampleRecord Example { get; } = new();

    public long Line { get; private set; }

    public long Lines => lines.Number;

    public long Offset { get; private set; }

    public async ValueTask<bool> NextAsync(CancellationToken cancellation)
    {
        while (await MoveToTextAsync(cancellation))
        {
            var good = log.Count;
            var endsDocument = await TakePassageAsync(cancellation);
            if (log.Count == good)
            {
                var text = Example.All;
                var trimmed = endsDocument ? Example[text].TrimEnd((byte)'\n').Length : text.Length;
                Example.Add(new(Role.Text, text with { Length = trimmed }, Supervised: true, EndsDocument: endsDocument));
                return true;
            }
        }

        return false;
    }

    public void Dispose() => lines.Dispose();

    /// <summary>Passes over blank lines and separators in front of a passage.</summary>
    private async ValueTask<bool> MoveToTextAsync(CancellationToken cancellation)
    {
        while (pending || await lines.NextAsync(cancellation))
        {
            pending = false;
            if (!IsBlank(lines.Line) && !IsSeparator(lines.Line))
            {
                return true;
            }
        }

        return false;
    }

    /// <returns>True when the passage is the last of its document.</returns>
    private async ValueTask<bool> TakePassageAsync(CancellationToken cancellation)
    {
        Example.Clear();
        (Line, Offset) = (lines.Number, lines.Offset);
        var blank = false;
        do
        {
            if (IsSeparator(lines.Line))
            {
                return true;
            }

            var full = Example.All.Length >= (blank ? PassageBytes : LongestPassageBytes);
            if (full && !IsBlank(lines.Line))
            {
                pending = true;
                return false;
            }

            TakeLine(lines.Line);
            blank = IsBlank(lines.Line);
        }
        while (await lines.NextAsync(cancellation));
        return endsFile;
    }

    private void TakeLine(ReadOnlySpan<byte> line)
    {
        var problems = new LineProblems(log, lines.Number);
        if (lines.TooLong)
        {
            problems.Add(null, $"a line of more than {LineReader.LongestLine >> 20} MiB", "text with line breaks", "Break the line; at the ends of sentences, for example.");
        }
        else if (line.IndexOf((byte)0) is >= 0 and var at)
        {
            problems.Add(null, $"a zero byte, at byte {at + 1} of the line", "plain text", "This looks like a binary file; export it as UTF-8 text.");
        }
        else if (Utf8Check.Passes(line, problems))
        {
            Example.Append(line);
            Example.Append("\n"u8);
        }
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t"u8) < 0;

    private static bool IsSeparator(ReadOnlySpan<byte> line) => line.SequenceEqual("<|endoftext|>"u8);
}
