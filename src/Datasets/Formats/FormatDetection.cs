using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Formats;

/// <summary>Tells the format of a file from how it begins; the name only decides between tables and plain text.</summary>
public static class FormatDetection
{
    /// <summary>How much of a file is looked at.</summary>
    public const int HeadBytes = 1 << 20;

    private const string Accepted = "JSON Lines (.jsonl) with \"messages\", \"prompt\" and \"completion\", \"text\" (and \"label\"), \"tokens\" and \"tags\", or \"prompt\", \"chosen\" and \"rejected\"; "
        + "CSV or TSV with such columns; or plain text (.txt)";

    private static readonly (byte[] Start, string Found, string Fix)[] Foreign =
    [
        ([0xFF, 0xFE], "UTF-16 text", "Save the file as UTF-8: iconv -f UTF-16 -t UTF-8 old > new."),
        ([0xFE, 0xFF], "UTF-16 text", "Save the file as UTF-8: iconv -f UTF-16 -t UTF-8 old > new."),
        ("PK\u0003\u0004"u8.ToArray(), "a zip archive", "Unpack it, or pack the file with gzip instead."),
        ("PAR1"u8.ToArray(), "a Parquet file", "Convert it to JSON Lines; Parquet is not read yet."),
        ([0x1F, 0x8B], "a gzip file in a gzip file", "Unpack it once."),
        ("%PDF"u8.ToArray(), "a PDF", "Extract its text first."),
    ];

    /// <param name="name">The file's name, .gz left off.</param>
    /// <param name="head">The first <see cref="HeadBytes"/> bytes, or the whole file.</param>
    /// <param name="task">As asked for: a text with a label may be meant as a text, and a conversation as a question. Null when it is left open.</param>
    /// <returns>Null when the format cannot be told; the reason is in the log.</returns>
    public static FileFormat? Detect(string name, ReadOnlySpan<byte> head, ProblemLog log, TuningTask? task = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(log);
        foreach (var (start, found, fix) in Foreign)
        {
            if (head.StartsWith(start))
            {
                log.Add(null, null, found, Accepted, fix);
                return null;
            }
        }

        var text = head.StartsWith("\uFEFF"u8) ? head[3..] : head;
        var first = text.IndexOfAnyExcept(" \t\r\n"u8);
        if (first < 0)
        {
            log.Add(null, null, head.IsEmpty ? "an empty file" : "a file of blank lines", Accepted, "Write the examples into it and upload it again.");
            return null;
        }

        var extension = Path.GetExtension(name).ToLowerInvariant();
        var isTable = extension is ".csv" or ".tsv";
        var isProse = extension is ".txt" or ".md" or ".text";
        return (char)text[first] switch
        {
            '{' when JsonFormat(text, task) is { } format => format,
            _ when isTable => DelimitedHeader.Read(text, extension == ".tsv" ? '\t' : ',', log, task),
            _ when isProse => new(FileLayout.PlainText, ExampleKind.Text),
            '{' => Unrecognized(text, log),
            '[' => Array(text, first, log),
            _ => Unknown(name, extension, log),
        };
    }

    /// <summary>The first line whose fields say it decides.</summary>
    private static FileFormat? JsonFormat(ReadOnlySpan<byte> text, TuningTask? task)
    {
        foreach (var range in text.Split((byte)'\n'))
        {
            var fields = Fields(text[range]);
            if (KindOf([.. fields.Keys], task) is { } kind)
            {
                return new(FileLayout.JsonLines, kind, HoldsChats: fields.Any(static field => field is { Key: "messages" or "input" } or { Value: true, Key: "prompt" or "chosen" or "completion" }));
            }
        }

        return null;
    }

    /// <param name="names">Of the fields, or of a table's columns.</param>
    internal static ExampleKind? KindOf(IReadOnlyCollection<string> names, TuningTask? task)
    {
        var isLabeled = names.Contains("label") || names.Contains("labels") || names.Contains("kto_tag");
        var wantsText = task is TuningTask.Pretraining or TuningTask.MaskedLanguage or TuningTask.Supervised or TuningTask.SequenceToSequence;
        return names.Contains("chosen") || names.Contains("rejected") || names.Contains("preferred_output") || names.Contains("preferred_completion") ? ExampleKind.Preference
            : names.Contains("messages") ? task == TuningTask.Reinforcement ? ExampleKind.Prompt : ExampleKind.Chat
            : names.Contains("prompt") && task == TuningTask.Reinforcement ? ExampleKind.Prompt
            : names.Contains("prompt") || names.Contains("completion") ? isLabeled && !wantsText ? ExampleKind.Judged : ExampleKind.PromptCompletion
            : names.Contains("tokens") && (names.Contains("tags") || names.Contains("ner_tags")) ? ExampleKind.Tagged
            : names.Contains("text") ? isLabeled && !wantsText ? ExampleKind.Labeled : ExampleKind.Text
            : null;
    }

    /// <summary>Names of the fields of the object on a line, as far as it is JSON, and whether each holds a list.</summary>
    private static Dictionary<string, bool> Fields(ReadOnlySpan<byte> line)
    {
        Dictionary<string, bool> names = [];
        var reader = new Utf8JsonReader(line, isFinalBlock: false, default);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return names;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                names.TryAdd(name, reader.Read() && reader.TokenType == JsonTokenType.StartArray);
                if (!reader.TrySkip())
                {
                    break;
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // validation will name the line; the fields in front of the fault are enough to tell the format
        }

        return names;
    }

    private static FileFormat? Unrecognized(ReadOnlySpan<byte> text, ProblemLog log)
    {
        const string Expected = "an object with \"messages\", with \"prompt\" and \"completion\", with \"text\" (and \"label\"), with \"tokens\" and \"tags\", or with \"prompt\", \"chosen\" and \"rejected\"";
        var line = FirstLine(text, out var number);
        List<string> names = [.. Fields(line).Keys];
        if (names.Count == 0)
        {
            log.Add(number, null, line.TrimEnd("\r "u8).Length <= 1 ? "an object that goes on over several lines" : "a line that is no complete JSON object", "one JSON object a line",
                "Write each example on a line of its own; for a file of objects: jq -c . old.json > train.jsonl.");
        }
        else
        {
            log.Add(number, null, $"an object with {string.Join(", ", names.Take(8).Select(Quoted.Text))}", Expected, Meant(names));
        }

        return null;
    }

    private static string Meant(List<string> names) => names switch
    {
        _ when names.Contains("conversations") => "This looks like the ShareGPT format: rename from/value to role/content (human is user, gpt is assistant) and conversations to messages.",
        _ when names.Contains("instruction") => "This looks like the Alpaca format: join instruction and input to \"prompt\", and call output \"completion\".",
        _ => names.Select(static name => NearestName.Of(name, ["messages", "prompt", "completion", "text"])).FirstOrDefault(static near => near is not null) is { } near
            ? $"Did you mean \"{near}\"?" : "Rename the fields.",
    };

    private static FileFormat? Array(ReadOnlySpan<byte> text, int first, ProblemLog log)
    {
        log.Add(1 + text[..first].Count((byte)'\n'), null, "a JSON array", "one JSON object a line", "Write each element on a line of its own: jq -c '.[]' old.json > train.jsonl.");
        return null;
    }

    private static FileFormat? Unknown(string name, string extension, ProblemLog log)
    {
        log.Add(null, null, extension.Length == 0 ? $"a file named {Quoted.Text(name)} that does not begin with {{" : $"a {extension} file that does not begin with {{",
            Accepted, "Convert the file, or give it the extension of its format.");
        return null;
    }

    private static ReadOnlySpan<byte> FirstLine(ReadOnlySpan<byte> text, out long number)
    {
        number = 0;
        foreach (var range in text.Split((byte)'\n'))
        {
            number++;
            if (text[range].IndexOfAnyExcept(" \t\r"u8) >= 0)
            {
                return text[range];
            }
        }

        return [];
    }
}
