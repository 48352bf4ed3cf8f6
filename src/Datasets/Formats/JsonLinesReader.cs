using System.Text.Json;
using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Formats;

/// <summary>JSON Lines: one example a line; blank lines are passed over.</summary>
public sealed class JsonLinesReader(LineReader lines, ExampleKind kind, ProblemLog log) : IExampleReader
{
    private readonly ChatLine chat = new();
    private readonly AnnotatedLine annotated = new();

    public ExampleRecord Example { get; } = new();

    public long Line => lines.Number;

    public long Offset => lines.Offset;

    public long Lines => lines.Number;

    public async ValueTask<bool> NextAsync(CancellationToken cancellation)
    {
        while (await lines.NextAsync(cancellation))
        {
            if (!IsBlank(lines.Line) && Read(lines.Line))
            {
                return true;
            }
        }

        return false;
    }

    public void Dispose() => lines.Dispose();

    private bool Read(ReadOnlySpan<byte> line)
    {
        var problems = new LineProblems(log, lines.Number);
        Example.Clear();
        if (lines.TooLong)
        {
            problems.Add(null, $"a line of more than {LineReader.LongestLine >> 20} MiB", "one example a line",
                "Check that each example ends with a line break; split or remove an example of this size.");
        }
        else if (Utf8Check.Passes(line, problems))
        {
            Parse(line, problems);
        }

        return problems.None;
    }

    private void Parse(ReadOnlySpan<byte> line, LineProblems problems)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                problems.Add(null, JsonField.Describe(reader.TokenType), "one JSON object a line", JsonLinesFix);
                return;
            }

            if (kind == ExampleKind.Chat)
            {
                chat.Read(ref reader, line, Example, problems);
            }
            else if (kind is ExampleKind.Text or ExampleKind.PromptCompletion)
            {
                TextLine.Read(ref reader, kind, Example, problems);
            }
            else
            {
                reader.Skip();
                annotated.Read(line, kind, Example, problems);
            }

            reader.Read();                                    // anything behind the object is an error of JSON
        }
        catch (JsonException error)
        {
            problems.Add(null, $"text that is not JSON ({JsonField.Explain(error, line.Length)})", "one JSON object a line", JsonLinesFix);
        }
        catch (InvalidOperationException)                     // what the reader throws when an escape is half a surrogate pair
        {
            problems.Add(null, "an escape such as \\ud83d without its other half", "both halves of a surrogate pair",
                "Write the character itself, or both escapes, for example \\ud83d\\ude00.");
        }
    }

    private const string JsonLinesFix = "Write each example as one JSON object on a line of its own; line breaks inside a text are written \\n.";

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r"u8) < 0;
}
