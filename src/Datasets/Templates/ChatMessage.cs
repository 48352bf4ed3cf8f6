using System.Text.Json;

namespace ServerlessTuning.Datasets.Templates;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">system, user, assistant, tool.</param>
/// <param name="Content">Null only where the turn consists of tool calls.</param>
public sealed record ChatMessage(string Role, string? Content)
{
    /// <summary>Whether this turn's tokens carry loss. Default: what the assistant says.</summary>
    public bool Supervised { get; init; } = Role == "assistant";

    /// <summary>OpenAI's array of tool calls; null when the turn makes none.</summary>
    public JsonElement? ToolCalls { get; init; }

    /// <summary>Of a tool's turn: the call it answers.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>Who of several speaks in this role, or which tool.</summary>
    public string? Name { get; init; }
}
