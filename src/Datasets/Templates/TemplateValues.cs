using System.Text.Json;

namespace ServerlessTuning.Datasets.Templates;

/// <summary>Messages and tools as the values that a template works with.</summary>
internal static class TemplateValues
{
    /// <summary>Fields that a message does not have are undefined in the template, as in transformers.</summary>
    public static Dictionary<string, object?> Of(ChatMessage message)
    {
        var value = new Dictionary<string, object?> { ["role"] = message.Role, ["content"] = message.Content };
        if (message.ToolCalls is { } calls)
        {
            value["tool_calls"] = calls.EnumerateArray().Select(Call).ToList();
        }

        if (message.ToolCallId is not null)
        {
            value["tool_call_id"] = message.ToolCallId;
        }

        if (message.Name is not null)
        {
            value["name"] = message.Name;
        }

        return value;
    }

    public static object? Of(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().ToDictionary(static field => field.Name, static field => Of(field.Value)),
        JsonValueKind.Array => json.EnumerateArray().Select(Of).ToList(),
        JsonValueKind.String => json.GetString(),
        JsonValueKind.Number => json.TryGetInt64(out var whole) ? (object)whole : json.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>OpenAI writes a call's arguments as JSON in a string; templates expect the object itself and write it in their own way.</summary>
    private static object? Call(JsonElement call)
    {
        var value = Of(call);
        if (value is Dictionary<string, object?> fields && fields.GetValueOrDefault("function") is Dictionary<string, object?> function
            && function.GetValueOrDefault("arguments") is string arguments)
        {
            using var parsed = JsonDocument.Parse(arguments);
            function["arguments"] = Of(parsed.RootElement);
        }

        return value;
    }
}
