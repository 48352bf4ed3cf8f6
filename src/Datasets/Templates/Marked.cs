using System.Text.Json;
using System.Text.Json.Nodes;

namespace ServerlessTuning.Datasets.Templates;

/// <summary>Messages with a mark behind what they say.</summary>
internal static class Marked
{
    /// <summary>Behind the content, or behind the name of the last function that is called.</summary>
    public static IEnumerable<ChatMessage> Ways(ChatMessage message, string mark)
    {
        if (message.Content is not null)
        {
            yield return message with { Content = message.Content + mark };
        }

        if (message.ToolCalls is { } calls && InLastCall(calls, mark) is { } marked)
        {
            yield return message with { ToolCalls = marked };
        }
    }

    private static JsonElement? InLastCall(JsonElement calls, string mark)
    {
        if (JsonNode.Parse(calls.GetRawText()) is not JsonArray { Count: > 0 } array || array[^1]?["function"] is not JsonObject function || function["name"] is not JsonValue name)
        {
            return null;
        }

        function["name"] = name + mark;
        return JsonElement.Parse(array.ToJsonString());
    }
}
