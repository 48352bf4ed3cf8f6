using System.Text.Json;

namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>Fields of a config.json with their defaults; JSON null counts as left out, as in transformers.</summary>
internal sealed class ConfigFields(JsonElement root)
{
    public ConfigFields? Object(string name) => Find(name) is { ValueKind: JsonValueKind.Object } found ? new(found) : null;

    public bool Has(string name) => Find(name) is not null;

    public int Int(string name, int otherwise) => Find(name) is not { } found ? otherwise
        : found.ValueKind == JsonValueKind.Number && found.TryGetInt32(out var value) && value > 0 ? value
        : throw new ModelConfigException(name, found.GetRawText(), "a positive whole number");

    public double Number(string name, double otherwise) => Find(name) is not { } found ? otherwise
        : found.ValueKind == JsonValueKind.Number ? found.GetDouble() : throw new ModelConfigException(name, found.GetRawText(), "a number");

    public bool Flag(string name, bool otherwise) => Find(name) is not { } found ? otherwise
        : found.ValueKind is JsonValueKind.True or JsonValueKind.False ? found.GetBoolean() : throw new ModelConfigException(name, found.GetRawText(), "true or false");

    public string? Text(string name) => Find(name) is not { } found ? null
        : found.ValueKind == JsonValueKind.String ? found.GetString() : throw new ModelConfigException(name, found.GetRawText(), "a string");

    public string? FirstText(string name) => Find(name) is { ValueKind: JsonValueKind.Array } found && found.GetArrayLength() > 0 ? found[0].GetString() : null;

    /// <summary>A number or a list of numbers; empty when left out.</summary>
    public IReadOnlyList<int> Ints(string name) => Find(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Number } one => [one.GetInt32()],
        { ValueKind: JsonValueKind.Array } many => [.. many.EnumerateArray().Select(item => item.GetInt32())],
        var other => throw new ModelConfigException(name, other.Value.GetRawText(), "an id or a list of ids"),
    };

    /// <summary>A field that may be left out, but changes the numbers when it says something else.</summary>
    public void MustBe(string name, object expected)
    {
        if (Find(name) is { } found && found.ToString() != expected.ToString())
        {
            throw new ModelConfigException(name, found.GetRawText(), $"{expected}; other values are not built");
        }
    }

    private JsonElement? Find(string name) => root.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null ? found : null;
}
