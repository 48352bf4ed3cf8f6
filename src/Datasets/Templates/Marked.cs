using System.Text.Json;
using System.Text.Json.Nodes;

namespace ServerlessTuning.Datasets.Templates;

/// <summary>Messages with a mark behind what they say.</summary>
internal static class Marked
{
    /// <summary>A character for private use that the text does not have.</summary>
    public static string For(string text)
    {
        var mark = '\uE123';
        while (text.Contains(mark))
        {
            mark++;
        }

        return mark.ToString();
    }

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

    /// <summary>Where in the text the message ends what it says; null when the rendering with the mark is not the text but for the mark.</summary>
    public static int? PlaceOf(string mark, string? marked, string text, ChatMessage message)
    {
        var at = marked?.IndexOf(mark, StringComparison.Ordinal) ?? -1;
        if (at < 0 || marked!.LastIndexOf(mark, StringComparison.Ordinal) != at)
        {
            return null;
        }

        var before = marked.AsSpan(0, at);
        var after = marked.AsSpan(at + mark.Length);
        var trimmed = message.Content is { Length: > 1 } content && content.EndsWith(mark, StringComparison.Ordinal) && char.IsWhiteSpace(content[^2]);    // a content's end may be dropped
        return IsJoined(text, before, after) || (trimmed && IsJoined(text, before.TrimEnd(), after)) ? text.Length - after.Length : null;
    }

    private static JsonElement? InLastCall(JsonElement calls, string mark)
    {
        try
        {
            var array = JsonNode.Parse(calls.GetRawText()) as JsonArray;
            if (array is not { Count: > 0 } || array[^1]?["function"] is not JsonObject function || function["name"] is not JsonValue name)
            {
                return null;
            }

            function["name"] = name + mark;
            return JsonElement.Parse(array.ToJsonString());
        }
        catch (ArgumentException)
        {
            return null;        // a name that stands twice
        }
    }

    private static bool IsJoined(string text, ReadOnlySpan<char> before, ReadOnlySpan<char> after) =>
        text.Length == before.Length + after.Length && text.AsSpan().StartsWith(before) && text.AsSpan().EndsWith(after);
}
