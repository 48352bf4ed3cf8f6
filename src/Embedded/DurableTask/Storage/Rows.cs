using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace ServerlessTuning.Embedded.DurableTask.Storage;

/// <summary>An orchestration instance as the file has it.</summary>
internal sealed record Instance(string Id, string Execution, string Name)
{
    public string Version { get; init; } = "";

    public OrchestrationRuntimeStatus Status { get; init; } = OrchestrationRuntimeStatus.Pending;

    public DateTime Created { get; init; }

    public DateTime Updated { get; init; }

    public string? Input { get; init; }

    public string? Output { get; init; }

    public string? CustomStatus { get; init; }

    public TaskFailureDetails? Failure { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    public ParentLink? Parent { get; init; }

    public bool IsFinished => Status.IsFinal();
}

/// <summary>Whom a sub-orchestration reports to: which execution of which instance, and the number of its call there.</summary>
internal sealed record ParentLink(string Id, string Name, string Execution, int Task);

/// <summary>An event on its way to an instance.</summary>
/// <param name="Execution">Null: for whichever execution the instance is at.</param>
internal sealed record Message(long Id, string? Execution, HistoryEntry Event);

/// <summary>An activity to run.</summary>
internal sealed record WorkItem(long Id, string Instance, string Execution, int Task, string Name, string? Input);

internal static class Statuses
{
    public static bool IsFinal(this OrchestrationRuntimeStatus status) => status is OrchestrationRuntimeStatus.Completed
        or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated or OrchestrationRuntimeStatus.Canceled;
}
