using System.Text.Json;

namespace ServerlessTuning.Contracts.Graders;

/// <summary>JSON from a stranger: no name twice, at most 64 levels, only strings that are Unicode text.</summary>
public static class StrictJson
{
    private static readonly JsonDocumentOptions options = new() { AllowDuplicateProperties = false };

    /// <returns>Null when the text is not such JSON.</returns>
    public static JsonElement? TryParse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, options);
            ReadStrings(document.RootElement);
            return document.RootElement.Clone();
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException) // not JSON; text that is half a surrogate pair; such a pair escaped
        {
            return null;
        }
    }

    /// <summary>The parser takes escapes such as \ud800 alone and would fail later, when the string is asked for.</summary>
    private static void ReadStrings(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                _ = value.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    ReadStrings(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    _ = property.Name;
                    ReadStrings(property.Value);
                }

                break;
        }
    }
}
