using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask.Orchestrations;

/// <summary>
/// How a failed execution gets back to where it stood before the failure that ended it, so that what failed can be done again and nothing that succeeded is.
/// The history is cut before the step that read that failure. Earlier failures that the code has not acted upon yet, as when others of a fan-out were
/// still under way, are taken out too; one that it did act upon (a retry, a catch) stays, since the history would not fit the code without it.
/// </summary>
/// <param name="Kept">The history that remains.</param>
/// <param name="Redelivered">What came after the cut and still counts: results of calls before it, events.</param>
/// <param name="Again">Calls before the cut that have no good result: failed, or never answered.</param>
/// <param name="DroppedChildren">Numbers of calls of sub-orchestrations after the cut, whose answers are not wanted any more.</param>
internal sealed record RewindPlan(
    Instance Failed, IReadOnlyList<HistoryEntry> Kept, IReadOnlyList<HistoryEntry> Redelivered, IReadOnlyList<HistoryEntry> Again, IReadOnlyList<int> DroppedChildren)
{
    public static RewindPlan Make(Instance failed, List<HistoryEntry> history, IDurableFunctions functions, DurableEngineOptions options)
    {
        var cut = Cut(history, Rehearse(history).FatalTask);
        var kept = WithoutUnheeded(history[..cut]);
        var open = Open(kept);
        var redelivered = history[cut..].Where(entry => IsGood(entry) && (entry.TaskScheduledId is not { } task || open.ContainsKey(task))).ToList();
        redelivered.ForEach(entry => open.Remove(entry.TaskScheduledId ?? -1));
        var dropped = history[cut..].Where(entry => entry.EventType == HistoryEventType.SubOrchestrationInstanceCreated).Select(entry => entry.EventId).ToList();
        return new(failed, kept, redelivered, [.. open.Values], dropped);

        Rehearsal Rehearse(IReadOnlyList<HistoryEntry> entries) => new(failed, entries, functions, options);

        List<HistoryEntry> WithoutUnheeded(List<HistoryEntry> entries)
        {
            var without = entries.Where(entry => !IsFailure(entry)).ToList();
            if (without.Count == entries.Count || Rehearse(without).Follows)
            {
                return without;
            }

            foreach (var failure in entries.Where(IsFailure).ToList())
            {
                without = [.. entries.Where(entry => !ReferenceEquals(entry, failure))];
                entries = Rehearse(without).Follows ? without : entries;
            }

            return entries;
        }
    }

    /// <returns>Index of the first entry that goes: the start of the step that read the fatal failure; without one, of the last step.</returns>
    private static int Cut(List<HistoryEntry> history, int? fatalTask)
    {
        var decisive = fatalTask is null ? -1 : history.FindLastIndex(entry => IsFailure(entry) && entry.TaskScheduledId == fatalTask);
        decisive = decisive >= 0 ? decisive : history.FindLastIndex(entry => entry.EventType == HistoryEventType.ExecutionCompleted);
        var border = decisive < 0 ? history.Count - 1 : history.FindLastIndex(decisive, entry => entry.EventType is HistoryEventType.OrchestratorStarted or HistoryEventType.OrchestratorCompleted);
        return border < 0 ? 0 : history[border].EventType == HistoryEventType.OrchestratorStarted ? border : border + 1;
    }

    private static Dictionary<int, HistoryEntry> Open(List<HistoryEntry> kept)
    {
        var answered = kept.Where(entry => entry.TaskScheduledId is not null).Select(entry => entry.TaskScheduledId!.Value).ToHashSet();
        return kept.Where(entry => IsCall(entry) && !answered.Contains(entry.EventId)).ToDictionary(entry => entry.EventId);
    }

    private static bool IsCall(HistoryEntry entry) =>
        entry.EventType is HistoryEventType.TaskScheduled or HistoryEventType.SubOrchestrationInstanceCreated or HistoryEventType.TimerCreated;

    private static bool IsFailure(HistoryEntry entry) => entry.EventType is HistoryEventType.TaskFailed or HistoryEventType.SubOrchestrationInstanceFailed;

    private static bool IsGood(HistoryEntry entry) => entry.EventType is HistoryEventType.ExecutionStarted or HistoryEventType.EventRaised
        or HistoryEventType.TaskCompleted or HistoryEventType.SubOrchestrationInstanceCompleted or HistoryEventType.TimerFired;
}
