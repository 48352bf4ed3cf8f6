using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask.Orchestrations;

/// <summary>Makes one step of an orchestration durable, in the transaction that it is given.</summary>
internal sealed class StepCommit(Change change, Instance before, Reading reading, Step step)
{
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
        if (step.Outcome is { } outcome)
        {
            End(outcome, after); // the timers go all at once
        }
        else
        {
            step.CancelledTimers.ToList().ForEach(timer => change.CancelTimer(before.Id, before.Execution, timer));
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
        var scheduling = new Scheduling(change, before);
        foreach (var entry in step.Recorded)
        {
            change.Append(before.Id, number++, entry);
            if (entry.EventType != HistoryEventType.TimerCreated || !step.CancelledTimers.Contains(entry.EventId))
            {
                scheduling.Begin(entry);
            }
        }
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
