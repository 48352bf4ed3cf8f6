using System.Text.Json.Nodes;

namespace ServerlessTuning.Embedded.DurableTask.Http;

/// <summary>
/// A history as <c>showHistory=true</c> gives it: names in PascalCase, the engine's own events left out, a call folded
/// into its result.
/// </summary>
internal static class HistoryBody
{
    public static JsonArray Write(IReadOnlyList<HistoryEntry> history, bool showInput, bool showOutput)
    {
        var calls = history.Where(IsCall).ToDictionary(entry => entry.EventId);
        var answered = history.Where(IsAnswer).Select(entry => entry.TaskScheduledId!.Value).ToHashSet();
        var shown = history.Where(entry => entry.EventType is not (HistoryEventType.OrchestratorStarted or HistoryEventType.OrchestratorCompleted) && !(IsCall(entry) && answered.Contains(entry.EventId)));
        return [.. shown.Select(entry => Write(entry, IsAnswer(entry) ? calls.GetValueOrDefault(entry.TaskScheduledId!.Value) : null, showInput, showOutput))];
    }

    private static JsonObject Write(HistoryEntry entry, HistoryEntry? call, bool showInput, bool showOutput)
    {
        var isStart = entry.EventType == HistoryEventType.ExecutionStarted;
        var body = new JsonObject { ["EventType"] = entry.EventType.ToString() };
        Add(body, "FunctionName", call?.Name ?? (isStart || IsCall(entry) ? entry.Name : null));
        Add(body, "Name", isStart || IsCall(entry) ? null : entry.Name);
        Add(body, "InstanceId", entry.InstanceId);
        Add(body, "Input", showInput ? Bodies.Value(call?.Data ?? (isStart || IsCall(entry) || entry.EventType == HistoryEventType.EventRaised ? entry.Data : null)) : null);
        Add(body, "Result", showOutput ? Bodies.Value(entry.Result) : null);
        Add(body, "OrchestrationStatus", entry.OrchestrationStatus);
        Add(body, "Reason", entry.Reason);
        Add(body, "FailureDetails", Bodies.Value(entry.FailureDetails));
        Add(body, "FireAt", entry.FireAt is { } due ? JsonValue.Create(due) : null);
        Add(body, "ScheduledTime", call is null ? null : JsonValue.Create(call.Timestamp));
        body["Timestamp"] = entry.Timestamp;
        return body;
    }

    private static void Add(JsonObject body, string name, JsonNode? value)
    {
        if (value is not null)
        {
            body[name] = value;
        }
    }

    private static bool IsCall(HistoryEntry entry) => entry.EventType is HistoryEventType.TaskScheduled or HistoryEventType.SubOrchestrationInstanceCreated;

    private static bool IsAnswer(HistoryEntry entry) => entry.EventType is HistoryEventType.TaskCompleted or HistoryEventType.TaskFailed
        or HistoryEventType.SubOrchestrationInstanceCompleted or HistoryEventType.SubOrchestrationInstanceFailed;
}
