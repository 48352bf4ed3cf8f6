using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask.Orchestrations;

/// <summary>
/// One execution of an orchestrator, alive in memory. It is brought to where it stood by replaying its history, and then
/// led on by new events; thrown away at any time, it can be made again from the history.
/// </summary>
internal sealed class Session
{
    private readonly IDurableFunctions functions;
    private readonly DurableEngineOptions options;
    private readonly OrchestratorThread thread;
    private readonly Ledger ledger = new();
    private readonly ExternalEvents events = new();
    private readonly DurableContext context;
    private Task<object?>? code;
    private HistoryEntry? terminated;

    /// <param name="strayed">Called when something foreign continues the code; it is then time for another step.</param>
    public Session(Instance instance, IDurableFunctions functions, DurableEngineOptions options, ILoggerFactory loggers, Action strayed)
    {
        (Instance, this.functions, this.options) = (instance, functions, options);
        thread = new OrchestratorThread(strayed);
        context = new DurableContext(instance, thread, ledger, events, options, loggers);
    }

    /// <summary>As of the last step.</summary>
    public Instance Instance { get; set; }

    /// <summary>Entries in the history.</summary>
    public int Recorded { get; private set; }

    public bool IsStarted => code is not null;

    public bool HasStrayed => thread.HasStrayed;

    /// <summary>Whether both stand at the same point of the same execution.</summary>
    public bool IsWhere(Session other) => Recorded == other.Recorded && Instance.Execution == other.Instance.Execution;

    /// <summary>Where the code left its history; null while it follows.</summary>
    public Exception? Mismatch { get; private set; }

    /// <summary>What the code has thrown.</summary>
    public Exception? Failure => code is { IsCompleted: true, IsCompletedSuccessfully: false } ended ? Thrown(ended) : null;

    /// <summary>Takes the way that the history has recorded.</summary>
    public void Replay(IReadOnlyList<HistoryEntry> history)
    {
        var time = default(DateTime);
        foreach (var entry in history)
        {
            time = entry.EventType == HistoryEventType.OrchestratorStarted ? entry.Timestamp : time;
            context.Enter(time, replaying: true);
            Apply(entry);
        }

        Recorded = history.Count;
    }

    /// <summary>Goes on with what has arrived.</summary>
    public Step Advance(IReadOnlyList<HistoryEntry> arrived, DateTime now)
    {
        context.Enter(now, replaying: false);
        List<HistoryEntry> recorded = [new(HistoryEventType.OrchestratorStarted, now)];
        foreach (var entry in arrived)
        {
            recorded.Add(entry with { Timestamp = now });
            Apply(entry);
        }

        var outcome = Judge();
        var asked = ledger.TakeUnrecorded();
        if (outcome is null or { IsOwnDoing: true })
        {
            recorded.AddRange(asked.Select(action => action with { Timestamp = now }));
        }

        if (outcome is not null)
        {
            recorded.Add(outcome.Entry(now));
        }

        recorded.Add(new(HistoryEventType.OrchestratorCompleted, now));
        var step = new Step(Recorded, recorded, ledger.CancelledTimers.ToHashSet(), context.CustomStatus, outcome);
        Recorded += recorded.Count;
        ledger.CancelledTimers.Clear();
        return step;
    }

    /// <summary>How the execution ends where it now stands; null when it goes on.</summary>
    public Outcome? Judge()
    {
        if (terminated is not null)
        {
            return new Outcome(OrchestrationRuntimeStatus.Terminated, terminated.Data) { TerminatedChildren = terminated.Recursive == true ? [.. ledger.OpenChildren] : [] };
        }

        if (Mismatch is not null || thread.HasStrayed)
        {
            return Outcome.Failed(Mismatch ?? OrchestratorThread.Foreign());
        }

        if (code is null or { IsCompleted: false })
        {
            var awaitsNothingDurable = code is not null && !ledger.IsAnythingOpen && !events.AnyAwaited;
            return awaitsNothingDurable ? Outcome.Failed(OrchestratorThread.Foreign()) : null;
        }

        return code.IsCompletedSuccessfully ? Finish(code.Result) : Outcome.FailedByItself(Thrown(code));
    }

    private void Apply(HistoryEntry entry)
    {
        if (Mismatch is not null || terminated is not null)
        {
            return;
        }

        try
        {
            Follow(entry);
        }
        catch (ReplayMismatchException difference)
        {
            Mismatch = difference;
        }
    }

    private void Follow(HistoryEntry entry)
    {
        switch (entry.EventType)
        {
            case HistoryEventType.ExecutionStarted:
                thread.Run(() => code = Start());
                break;
            case HistoryEventType.TaskScheduled or HistoryEventType.SubOrchestrationInstanceCreated or HistoryEventType.TimerCreated or HistoryEventType.EventSent:
                ledger.Match(entry);
                break;
            case HistoryEventType.TaskCompleted or HistoryEventType.SubOrchestrationInstanceCompleted or HistoryEventType.TimerFired:
                thread.Run(() => ledger.Complete(entry.TaskScheduledId!.Value, entry.Result));
                break;
            case HistoryEventType.TaskFailed or HistoryEventType.SubOrchestrationInstanceFailed:
                thread.Run(() => ledger.Fail(entry.TaskScheduledId!.Value, Json.ReadFailure(entry.FailureDetails)!, entry.NonRetriable == true));
                break;
            case HistoryEventType.EventRaised:
                thread.Run(() => events.Deliver(entry.Name!, entry.Data));
                break;
            case HistoryEventType.ExecutionTerminated:
                terminated = entry;
                break;
            case HistoryEventType.OrchestratorCompleted:
                ledger.MatchEndOfStep();
                break;
        }
    }

    private async Task<object?> Start()
    {
        if (!functions.HasOrchestrator(Instance.Name))
        {
            throw new ArgumentException($"The function '{Instance.Name}' doesn't exist, is disabled, or is not an orchestrator function.");
        }

        return await functions.RunOrchestratorAsync(Instance.Name, context);
    }

    private Outcome Finish(object? output)
    {
        try
        {
            return context.Continuation is { } continuation
                ? Outcome.Continues(options.DataConverter.Serialize(continuation.NewInput), continuation, events.Unread)
                : new Outcome(OrchestrationRuntimeStatus.Completed, options.DataConverter.Serialize(output)) { IsOwnDoing = true };
        }
#pragma warning disable CA1031 // an output that cannot be serialized fails its orchestration
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return Outcome.FailedByItself(failure);
        }
    }

    private static Exception Thrown(Task failed) => failed.IsCanceled ? new TaskCanceledException(failed) : failed.Exception!.InnerException!;
}
