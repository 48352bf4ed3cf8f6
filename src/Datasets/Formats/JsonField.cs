using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ServerlessTuning.Datasets.Examples;

namespace ServerlessTuning.Datasets.Formats;

/// <summary>Reading fields of JSON into a record without making strings of them.</summary>
internal static partial class JsonField
{
    /// <summary>Copies the string that the reader is at, unescaped.</summary>
    public static Slice Copy(ref Utf8JsonReader reader, ExampleRecord example)
    {
        if (!reader.ValueIsEscaped)
        {
            return example.Append(reader.ValueSpan);
        }

        return example.Claim(reader.CopyString(example.Room(reader.ValueSpan.Length)));
    }

    /// <summary>Copies the value that the reader is at as it stands in the line, and moves to its end.</summary>
    public static Slice CopyRaw(ref Utf8JsonReader reader, ReadOnlySpan<byte> line, ExampleRecord example)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return example.Append(line[start..(int)reader.BytesConsumed]);
    }

    public static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartArray or JsonTokenType.EndArray => "an array",
        JsonTokenType.StartObject or JsonTokenType.EndObject => "an object",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        _ => "null",
    };

    /// <summary>What the parser says, with the position in the line instead of its own way to count.</summary>
    public static string Explain(JsonException error, int lineLength)
    {
        var what = ParserPosition().Replace(error.Message, "").TrimEnd('.', ' ');
        var at = error.BytePositionInLine is { } position ? (position + 1).ToString(CultureInfo.InvariantCulture) : "?";
        return error.BytePositionInLine >= lineLength ? $"the line ends too early, at byte {at}" : $"byte {at}: {what}";
    }

    [GeneratedRegex(@" (Path: \S* \| )?LineNumber: \d+ \| BytePositionInLine: \d+\.?")]
    private static partial Regex ParserPosition();
}
