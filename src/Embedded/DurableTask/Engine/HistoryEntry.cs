namespace ServerlessTuning.Embedded.DurableTask;

/// <summary>One event of an instance's recorded history, with the field names of the Durable Task Framework. What an event does not have is null.</summary>
/// <param name="EventId">Number of the action that the event schedules; -1 for events that schedule nothing.</param>
/// <param name="TaskScheduledId">Number of the action that a result answers.</param>
/// <param name="Name">Orchestrator, activity or event.</param>
/// <param name="Data">JSON: the input, or an external event's payload.</param>
/// <param name="Result">JSON.</param>
/// <param name="Reason">Why something failed, was terminated, suspended or resumed.</param>
/// <param name="FailureDetails">JSON of a TaskFailureDetails.</param>
/// <param name="InstanceId">Of a sub-orchestration.</param>
/// <param name="OrchestrationStatus">Of ExecutionCompleted.</param>
/// <param name="Version">Of a sub-orchestration; null when unversioned.</param>
/// <param name="Recursive">Of ExecutionTerminated: sub-orchestrations too.</param>
/// <param name="NonRetriable">Of a failure that another attempt would only repeat, such as an activity that does not exist.</param>
public sealed record HistoryEntry(
    HistoryEventType EventType,
    DateTime Timestamp,
    int EventId = -1,
    int? TaskScheduledId = null,
    string? Name = null,
    string? Data = null,
    string? Result = null,
    string? Reason = null,
    string? FailureDetails = null,
    DateTime? FireAt = null,
    string? InstanceId = null,
    string? OrchestrationStatus = null,
    string? Version = null,
    bool? Recursive = null,
    bool? NonRetriable = null);

/// <summary>What happened; the names and numbers of the Durable Task Framework.</summary>
public enum HistoryEventType
{
    ExecutionStarted = 0,
    ExecutionCompleted = 1,
    ExecutionTerminated = 3,
    TaskScheduled = 4,
    TaskCompleted = 5,
    TaskFailed = 6,
    SubOrchestrationInstanceCreated = 7,
    SubOrchestrationInstanceCompleted = 8,
    SubOrchestrationInstanceFailed = 9,
    TimerCreated = 10,
    TimerFired = 11,
    OrchestratorStarted = 12,
    OrchestratorCompleted = 13,
    EventSent = 14,
    EventRaised = 15,
    ContinueAsNew = 16,
    GenericEvent = 17,
    ExecutionSuspended = 19,
    ExecutionResumed = 20,
}
