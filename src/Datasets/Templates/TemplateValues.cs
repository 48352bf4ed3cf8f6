using System.Numerics;
using System.Text.Json;
using ServerlessTuning.Datasets.Templates.Jinja;

namespace ServerlessTuning.Datasets.Templates;

/// <summary>Messages and tools as the values that a template works with.</summary>
internal static class TemplateValues
{
    /// <summary>Fields that a message does not have are undefined in the template, as in transformers.</summary>
    /// <param name="parsedArguments">OpenAI writes a call's arguments as JSON in a string; most templates expect the object itself and write it in their own way.</param>
    public static PythonDictionary Of(ChatMessage message, bool parsedArguments = true)
    {
        var value = new PythonDictionary { ["role"] = message.Role, ["content"] = message.Content };
        if (message.ToolCalls is { } calls)
        {
            value["tool_calls"] = calls.EnumerateArray().Select(call => parsedArguments ? Call(call) : Of(call)).ToList();
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
        JsonValueKind.Object => Dictionary(json),
        JsonValueKind.Array => json.EnumerateArray().Select(Of).ToList(),
        JsonValueKind.String => json.GetString(),
        JsonValueKind.Number => Number(json),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    // A name that stands twice has its last value, as in Python.
    private static PythonDictionary Dictionary(JsonElement json)
    {
        var dictionary = new PythonDictionary();
        foreach (var field in json.EnumerateObject())
        {
            dictionary[field.Name] = Of(field.Value);
        }

        return dictionary;
    }

    private static object Number(JsonElement json) => json.TryGetInt64(out var whole) ? whole
        : BigInteger.TryParse(json.GetRawText(), out var big) ? PythonNumbers.Shrunk(big) : json.GetDouble();

    private static object? Call(JsonElement call)
    {
        var value = Of(call);
        if (value is PythonDictionary fields && Python.Item(fields, "function") is PythonDictionary function && Python.Item(function, "arguments") is string arguments
            && Parsed(arguments) is PythonDictionary parsed)
        {
            function["arguments"] = parsed;
        }

        return value;
    }

    private static object? Parsed(string json)
    {
        try
        {
            return Of(JsonElement.Parse(json));
        }
        catch (JsonException)
        {
            return null;        // a call that a model got wrong is rendered as it was written
        }
    }
}
