using Microsoft.DurableTask;

namespace ServerlessTuning.Embedded.DurableTask.Orchestrations;

/// <summary>
/// What the orchestrator's code asks for, numbered in the order of asking: that number is the same at each replay, ties
/// a result to its call, and shows when the code takes another way than its history.
/// </summary>
internal sealed class Ledger
{
    private readonly Dictionary<int, (HistoryEntry Asked, TaskCompletionSource<string?> Promise)> open = [];
    private readonly Queue<HistoryEntry> unrecorded = new();
    private int next;

    public bool IsAnythingOpen => open.Count > 0;

    /// <summary>Ids of sub-orchestrations that have not ended.</summary>
    public IEnumerable<string> OpenChildren =>
        open.Values.Where(one => one.Asked.EventType == HistoryEventType.SubOrchestrationInstanceCreated).Select(one => one.Asked.InstanceId!);

    /// <summary>Timers that were given up since the last step.</summary>
    public List<int> CancelledTimers { get; } = [];

    /// <summary>Asks for something that has a result.</summary>
    public Task<string?> Ask(HistoryEntry action, CancellationToken cancellation = default)
    {
        var asked = Tell(action);
        var promise = new TaskCompletionSource<string?>();
        open[asked.EventId] = (asked, promise);
        cancellation.Register(() =>
        {
            if (open.Remove(asked.EventId))
            {
                CancelledTimers.Add(asked.EventId);
                promise.TrySetCanceled(cancellation);
            }
        });
        return promise.Task;
    }

    /// <summary>Asks for something that has none.</summary>
    public HistoryEntry Tell(HistoryEntry action)
    {
        var asked = action with { EventId = next++ };
        unrecorded.Enqueue(asked);
        return asked;
    }

    /// <summary>A result for a call that is not open (any more) is none of ours: timers that were cancelled still fire.</summary>
    public void Complete(int task, string? result)
    {
        if (open.Remove(task, out var call))
        {
            call.Promise.TrySetResult(result);
        }
    }

    public void Fail(int task, TaskFailureDetails details, bool nonRetriable)
    {
        if (open.Remove(task, out var call))
        {
            var failure = new TaskFailedException(call.Asked.Name!, task, details);
            if (nonRetriable)
            {
                failure.Data[Retries.NonRetriable] = true;
            }

            call.Promise.TrySetException(failure);
        }
    }

    /// <summary>Takes what was asked since the last step, for the history.</summary>
    public List<HistoryEntry> TakeUnrecorded()
    {
        List<HistoryEntry> taken = [.. unrecorded];
        unrecorded.Clear();
        return taken;
    }

    /// <summary>Holds an action of the history against what the code asked for at this point of the replay.</summary>
    /// <exception cref="ReplayMismatchException">They differ.</exception>
    public void Match(HistoryEntry recorded)
    {
        if (!unrecorded.TryDequeue(out var asked))
        {
            throw new ReplayMismatchException(Describe(recorded), "nothing");
        }

        var same = asked.EventType == recorded.EventType && asked.EventId == recorded.EventId
            && string.Equals(asked.Name, recorded.Name, StringComparison.OrdinalIgnoreCase)
            && (recorded.EventType == HistoryEventType.TimerCreated || asked.InstanceId == recorded.InstanceId);
        if (!same)
        {
            throw new ReplayMismatchException(Describe(recorded), Describe(asked));
        }
    }

    /// <exception cref="ReplayMismatchException">The code asked for more than the history has at the end of this step.</exception>
    public void MatchEndOfStep()
    {
        if (unrecorded.TryPeek(out var extra))
        {
            throw new ReplayMismatchException("nothing", Describe(extra));
        }
    }

    private static string Describe(HistoryEntry action) => action.EventType switch
    {
        HistoryEventType.TaskScheduled => $"a call of activity '{action.Name}' (#{action.EventId})",
        HistoryEventType.SubOrchestrationInstanceCreated => $"a call of sub-orchestrator '{action.Name}' as '{action.InstanceId}' (#{action.EventId})",
        HistoryEventType.TimerCreated => $"a timer (#{action.EventId})",
        HistoryEventType.EventSent => $"an event '{action.Name}' to '{action.InstanceId}' (#{action.EventId})",
        _ => $"{action.EventType} (#{action.EventId})",
    };
}
