using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask.Orchestrations;

/// <summary>Makes one step of an orchestration durable, in the transaction that it is given.</summary>
internal sealed class StepCommit(Change change, Instance before, Reading reading, Step step)
{
    private const string AlreadyRunning = "System.InvalidOperationException";

    /// <returns>The instance as it is now; null when it was replaced or purged meanwhile, and the step counts for nothing.</returns>
    public Instance? Apply()
    {
        var after = After();
        if (!change.Update(after, before.Execution))
        {
            return null;
        }

        foreach (var message in reading.Taken.Concat(reading.Stale))
        {
            if (!change.Take(message))
            {
                throw new InvalidOperationException($"Message {message.Id} of instance '{before.Id}' is gone although its step is not done.");
            }
        }

        Record();
        step.CancelledTimers.ToList().ForEach(timer => change.CancelTimer(before.Id, before.Execution, timer));
        if (step.Outcome is { } outcome)
        {
            End(outcome, after);
        }

        return after;
    }

    private Instance After()
    {
        var running = step.Outcome?.Continuation is { } continuation
            ? before with { Execution = Guid.NewGuid().ToString("N"), Input = step.Outcome.Output, Version = NextVersion(continuation) }
            : before with { Output = step.Outcome?.Output, Failure = step.Outcome?.Failure };
        var status = step.Outcome is { Continuation: null } ended ? ended.Status
            : reading.IsSuspended ? OrchestrationRuntimeStatus.Suspended
            : IsStarted ? OrchestrationRuntimeStatus.Running
            : OrchestrationRuntimeStatus.Pending;
        return running with { Status = status, Updated = change.Now, CustomStatus = step.CustomStatus };
    }

    private bool IsStarted => before.Status == OrchestrationRuntimeStatus.Running || step.First > 0 || reading.Events.Any(entry => entry.EventType == HistoryEventType.ExecutionStarted);

    private string NextVersion(ContinueAsNewOptions continuation) =>
        string.IsNullOrWhiteSpace(continuation.NewVersion) ? before.Version : continuation.NewVersion;

    private void Record()
    {
        var number = step.First;
        foreach (var entry in step.Recorded)
        {
            change.Append(before.Id, number++, entry);
            Schedule(entry);
        }
    }

    /// <summary>What an action of the orchestrator sets going.</summary>
    private void Schedule(HistoryEntry action)
    {
        switch (action.EventType)
        {
            case HistoryEventType.TaskScheduled:
                change.AddWork(before.Id, before.Execution, action.EventId, action.Name!, action.Data);
                break;
            case HistoryEventType.TimerCreated when !step.CancelledTimers.Contains(action.EventId):
                change.SendAt(action.FireAt!.Value, before.Id, before.Execution, new(HistoryEventType.TimerFired, change.Now, TaskScheduledId: action.EventId, FireAt: action.FireAt));
                break;
            case HistoryEventType.SubOrchestrationInstanceCreated:
                StartChild(action);
                break;
            case HistoryEventType.EventSent:
                change.Send(action.InstanceId!, new(HistoryEventType.EventRaised, change.Now, Name: action.Name, Data: action.Data));
                break;
        }
    }

    private void StartChild(HistoryEntry call)
    {
        if (change.Find(call.InstanceId!) is { IsFinished: false } existing)
        {
            var failure = new TaskFailureDetails(
                AlreadyRunning, $"An orchestration instance with the id '{existing.Id}' exists already and is {existing.Status}. Give each sub-orchestration an id of its own.", null, null, null);
            change.Send(before.Id, new(HistoryEventType.SubOrchestrationInstanceFailed, change.Now, TaskScheduledId: call.EventId, FailureDetails: Json.Write(failure)), before.Execution);
            return;
        }

        change.Start(new Instance(call.InstanceId!, Guid.NewGuid().ToString("N"), call.Name!)
        {
            Version = call.Version ?? "",
            Input = call.Data,
            Parent = new ParentLink(before.Id, before.Name, before.Execution, call.EventId),
        });
    }

    private void End(Outcome outcome, Instance after)
    {
        change.CancelTimers(before.Id, before.Execution);
        outcome.TerminatedChildren.ToList().ForEach(child => change.Send(
            child, new(HistoryEventType.ExecutionTerminated, change.Now, Data: outcome.Output, Recursive: true)));
        if (outcome.Continuation is null)
        {
            change.ReportToParent(after);
            return;
        }

        change.ClearHistory(before.Id);
        change.SendFirst(before.Id, after.Execution, new(HistoryEventType.ExecutionStarted, change.Now, Name: before.Name, Data: after.Input));
        foreach (var (name, payload) in outcome.Carried)
        {
            change.SendFirst(before.Id, null, new(HistoryEventType.EventRaised, change.Now, Name: name, Data: payload));
        }
    }
}
