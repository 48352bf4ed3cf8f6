using System.Text.Json;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>A value in a tokenizer's JSON that knows where it stands, so that an error can say so.</summary>
internal sealed record JsonPart(string File, string Path, JsonElement Element)
{
    /// <exception cref="TokenizerException">The text is not JSON.</exception>
    public static JsonDocument Parse(string file, string json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException e)
        {
            throw new TokenizerException(
                file, $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}", "text that is not JSON", "a JSON object as Hugging Face writes it", "Copy the file again from the model.");
        }
    }

    public JsonPart this[string field] => Optional(field) ?? throw Wrong($"no field '{field}'", $"a field '{field}'");

    /// <summary>Null when the field is missing or null.</summary>
    public JsonPart? Optional(string field) =>
        Element.ValueKind != JsonValueKind.Object ? throw Wrong(Kind, "an object")
        : Element.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null
            ? new(File, Path.Length == 0 ? field : $"{Path}.{field}", value)
            : null;

    public string String => Element.ValueKind == JsonValueKind.String ? Element.GetString()! : throw Wrong(Kind, "a string");

    public int Int => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out var value) && value >= 0 ? value : throw Wrong(Kind, "a whole number, at least 0");

    public bool Bool => Element.ValueKind is JsonValueKind.True or JsonValueKind.False ? Element.GetBoolean() : throw Wrong(Kind, "true or false");

    public IEnumerable<JsonPart> Items => Element.ValueKind == JsonValueKind.Array
        ? Element.EnumerateArray().Select((item, index) => new JsonPart(File, $"{Path}[{index}]", item))
        : throw Wrong(Kind, "an array");

    public IEnumerable<(string Name, JsonPart Value)> Fields => Element.ValueKind == JsonValueKind.Object
        ? Element.EnumerateObject().Select(property => (property.Name, new JsonPart(File, $"{Path}.{property.Name}", property.Value)))
        : throw Wrong(Kind, "an object");

    public bool Flag(string field, bool otherwise = false) => Optional(field)?.Bool ?? otherwise;

    public TokenizerException Wrong(string found, string expected) => new(File, Path.Length == 0 ? "the whole file" : Path, found, expected, "Copy the file again from the model.");

    /// <summary>It may be right, but this program would give other ids than the library does.</summary>
    public TokenizerException Unsupported(string supported) => new(
        File, Path, Element.ValueKind == JsonValueKind.String ? $"'{Element.GetString()}'" : Element.GetRawText(), supported,
        "This program does not do this yet; ignoring it would change the token ids.");

    private string Kind => Element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => $"the string '{Element.GetString()}'",
        JsonValueKind.Null => "null",
        _ => Element.GetRawText(),
    };
}
