using System.Text.Json;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>A value in a tokenizer's JSON that knows where it stands, so that an error can say so. A vocabulary has a hundred thousand of them, so the place is put into words only then.</summary>
/// <param name="Parent">Null for the whole file.</param>
/// <param name="Name">Of the field.</param>
/// <param name="Index">Of the item; null for a field.</param>
internal sealed record JsonPart(string File, JsonElement Element, JsonPart? Parent = null, string Name = "", int? Index = null)
{
    /// <summary>For example <c>model.merges[3]</c>; empty for the whole file.</summary>
    private string Path => Index is { } index ? $"{Parent!.Path}[{index}]" : Parent is null or { Path: "" } ? Name : $"{Parent.Path}.{Name}";

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
            ? new(File, value, this, field)
            : null;

    public string String => Element.ValueKind == JsonValueKind.String ? Element.GetString()! : throw Wrong(Kind, "a string");

    public int Int => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out var value) && value >= 0 ? value : throw Wrong(Kind, "a whole number, at least 0");

    public bool Bool => Element.ValueKind is JsonValueKind.True or JsonValueKind.False ? Element.GetBoolean() : throw Wrong(Kind, "true or false");

    public IEnumerable<JsonPart> Items => Element.ValueKind == JsonValueKind.Array
        ? Element.EnumerateArray().Select((item, index) => new JsonPart(File, item, this, Index: index))
        : throw Wrong(Kind, "an array");

    public IEnumerable<(string Name, JsonPart Value)> Fields => Element.ValueKind == JsonValueKind.Object
        ? Element.EnumerateObject().Select(property => (property.Name, new JsonPart(File, property.Value, this, property.Name)))
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
