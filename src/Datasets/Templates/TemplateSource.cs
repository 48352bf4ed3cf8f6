using System.Text.Json;

namespace ServerlessTuning.Datasets.Templates;

/// <summary>A model's template and, where it has one of its own for them, that for tools.</summary>
internal sealed record TemplateSource(string Text, string? WithTools = null)
{
    /// <summary>Of tokenizer_config.json; null when it has no template.</summary>
    public static TemplateSource? In(JsonElement config) => config.ValueKind == JsonValueKind.Object && config.TryGetProperty("chat_template", out var template) ? Of(template) : null;

    /// <summary>Of chat_template.jinja, which is the template itself, or of the older chat_template.json, where it is a field.</summary>
    public static TemplateSource? InFile(string text)
    {
        if (text.AsSpan().TrimStart() is not ['{', '"' or ' ' or '\r' or '\n' or '\t', ..])
        {
            return new(text);
        }

        try
        {
            using var document = JsonDocument.Parse(text);
            return In(document.RootElement);
        }
        catch (JsonException)
        {
            return new(text);
        }
    }

    // A string, or since 2024 a list of named ones (an object of them in chat_template.json).
    private static TemplateSource? Of(JsonElement template)
    {
        var named = new Dictionary<string, string>();
        switch (template.ValueKind)
        {
            case JsonValueKind.String:
                return new(template.GetString()!);
            case JsonValueKind.Array:
                foreach (var item in template.EnumerateArray())
                {
                    named[Field(item, "name")] = Field(item, "template");
                }

                break;
            case JsonValueKind.Object:
                foreach (var item in template.EnumerateObject().Where(item => item.Value.ValueKind == JsonValueKind.String))
                {
                    named[item.Name] = item.Value.GetString()!;
                }

                break;
            default:
                return null;
        }

        return named.Count == 0 ? null : named.TryGetValue("default", out var text) ? new(text, named.GetValueOrDefault("tool_use")) : throw new ChatTemplateException(
            $"tokenizer_config.json, chat_template: found only templates named {string.Join(", ", named.Keys)}, expected one named default. Rename the one that is meant for conversations.");
    }

    private static string Field(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var field) && field.ValueKind == JsonValueKind.String ? field.GetString()! : throw new ChatTemplateException(
            $"tokenizer_config.json, chat_template: found {item.ValueKind} in the list, expected objects with a name and a template.");
}
