using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask.Orchestrations;

/// <summary>What one step of an orchestration has to make durable.</summary>
/// <param name="First">Number of the first new entry in the history.</param>
/// <param name="Outcome">Null while the orchestration goes on.</param>
internal sealed record Step(int First, IReadOnlyList<HistoryEntry> Recorded, IReadOnlySet<int> CancelledTimers, string? CustomStatus, Outcome? Outcome);

/// <summary>How an execution ended.</summary>
/// <param name="Output">JSON, or a failure's message.</param>
internal sealed record Outcome(OrchestrationRuntimeStatus Status, string? Output)
{
    public TaskFailureDetails? Failure { get; init; }

    /// <summary>Whether the code ended by itself, so that what it asked for last still counts.</summary>
    public bool IsOwnDoing { get; init; }

    /// <summary>Of an execution that continues as new.</summary>
    public ContinueAsNewOptions? Continuation { get; init; }

    /// <summary>Events for the next execution.</summary>
    public IReadOnlyList<(string Name, string? Payload)> Carried { get; init; } = [];

    public IReadOnlyList<string> TerminatedChildren { get; init; } = [];

    public static Outcome Failed(Exception failure) =>
        new(OrchestrationRuntimeStatus.Failed, failure.Message) { Failure = TaskFailureDetails.FromException(failure) };

    public static Outcome FailedByItself(Exception failure) => Failed(failure) with { IsOwnDoing = true };

    /// <param name="input">JSON.</param>
    public static Outcome Continues(string? input, ContinueAsNewOptions continuation, IReadOnlyList<(string, string?)> unread) =>
        new(OrchestrationRuntimeStatus.ContinuedAsNew, input)
        {
            IsOwnDoing = true,
            Continuation = continuation,
            Carried = continuation.PreserveUnprocessedEvents ? [.. unread] : [],
        };

    public HistoryEntry Entry(DateTime now) => new(
        HistoryEventType.ExecutionCompleted, now, Result: Output, FailureDetails: Json.Write(Failure), OrchestrationStatus: Status.ToString());
}
