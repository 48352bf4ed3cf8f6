using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Formats;

/// <summary>One line of <c>{"prompt": …, "completion": …}</c> or of <c>{"text": …}</c>.</summary>
internal static class TextLine
{
    private static readonly string[] PromptFields = ["prompt", "completion"], TextFields = ["text"];

    /// <param name="reader">At the line's opening brace; left at its closing one.</param>
    public static void Read(ref Utf8JsonReader reader, ExampleKind kind, ExampleRecord example, LineProblems problems)
    {
        var fields = kind == ExampleKind.Text ? TextFields : PromptFields;
        Span<Slice> values = [default, default];
        Span<bool> seen = [false, false];
        string? other = null;                                 // the first field that is none of ours: perhaps a misspelling
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader.ValueTextEquals(fields[0]) ? 0 : fields.Length > 1 && reader.ValueTextEquals(fields[1]) ? 1 : -1;
            if (field < 0)
            {
                other ??= NearestName.Of(reader.GetString()!, fields) is null ? null : reader.GetString();
                reader.Read();
                reader.Skip();
                continue;
            }

            reader.Read();
            if (seen[field])
            {
                problems.Add(fields[field], $"a second \"{fields[field]}\"", "one", "Remove one of them.");
            }

            seen[field] = true;
            values[field] = ReadText(ref reader, fields[field], example, problems);
        }

        for (var field = 0; field < fields.Length; field++)
        {
            if (!seen[field])
            {
                problems.Add(fields[field], other is null ? $"no \"{fields[field]}\"" : $"no \"{fields[field]}\", but \"{other}\"", $"an object with \"{string.Join("\" and \"", fields)}\"",
                    "Correct or add the field, or move lines of another format to a file of their own.");
            }
        }

        AddTurns(kind, values, example);
    }

    internal static void AddTurns(ExampleKind kind, ReadOnlySpan<Slice> values, ExampleRecord example)
    {
        if (kind == ExampleKind.Text)
        {
            example.Add(new(Role.Text, values[0], Supervised: true));
            return;
        }

        example.Add(new(Role.Prompt, values[0], Supervised: false));
        example.Add(new(Role.Completion, values[1], Supervised: true));
    }

    private static Slice ReadText(ref Utf8JsonReader reader, string field, ExampleRecord example, LineProblems problems)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            problems.Add(field, JsonField.Describe(reader.TokenType), "a string", reader.TokenType == JsonTokenType.StartArray
                ? "Write messages as a chat: {\"messages\": [...]}." : "Write the text in quotes.");
            reader.Skip();
            return default;
        }

        var text = JsonField.Copy(ref reader, example);
        if (text.Length == 0)
        {
            ReportEmpty(field, problems);
        }

        return text;
    }

    internal static void ReportEmpty(string field, LineProblems problems) => problems.Add(field, $"an empty {field}", "a text",
        field == "prompt" ? "Write the prompt; for text without one use {\"text\": …}." : "Write the text, or remove the line.");
}
