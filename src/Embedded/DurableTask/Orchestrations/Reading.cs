using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask.Orchestrations;

/// <summary>Which of an instance's waiting messages its next step takes.</summary>
/// <param name="Taken">In the order in which they happen.</param>
/// <param name="Stale">Meant for an earlier execution of the same id; thrown away.</param>
/// <param name="IsSuspended">After this step.</param>
internal sealed record Reading(IReadOnlyList<Message> Taken, IReadOnlyList<Message> Stale, bool IsSuspended)
{
    public bool IsEmpty => Taken.Count == 0 && Stale.Count == 0;

    public IEnumerable<HistoryEntry> Events => Taken.Select(message => message.Event);

    /// <summary>
    /// The start comes before all else, suspend, resume and terminate before the rest; the rest waits while the instance
    /// is suspended or has not started.
    /// </summary>
    public static Reading Choose(IReadOnlyList<Message> waiting, string execution, bool isStarted, bool isSuspended)
    {
        var current = waiting.Where(message => message.Execution is null || message.Execution == execution).ToList();
        var stale = waiting.Except(current).ToList();
        var control = current.Where(IsControl).ToList();
        var suspended = control.LastOrDefault(IsSwitch) is { } last ? last.Event.EventType == HistoryEventType.ExecutionSuspended : isSuspended;
        var start = current.Where(message => message.Event.EventType == HistoryEventType.ExecutionStarted).ToList();
        var runs = !suspended && (isStarted || start.Count > 0);
        return new(runs ? [.. start, .. control, .. current.Except(control).Except(start)] : control, stale, suspended);
    }

    private static bool IsSwitch(Message message) => message.Event.EventType is HistoryEventType.ExecutionSuspended or HistoryEventType.ExecutionResumed;

    private static bool IsControl(Message message) => IsSwitch(message) || message.Event.EventType == HistoryEventType.ExecutionTerminated;
}
