using Microsoft.DurableTask;
using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask.Orchestrations;

/// <summary>Sets going what an orchestrator has asked for, in the transaction that records the asking.</summary>
internal sealed class Scheduling(Change change, Instance caller)
{
    private const string AlreadyRunning = "System.InvalidOperationException";

    public void Begin(HistoryEntry action)
    {
        switch (action.EventType)
        {
            case HistoryEventType.TaskScheduled:
                change.AddWork(caller.Id, caller.Execution, action.EventId, action.Name!, action.Data);
                break;
            case HistoryEventType.TimerCreated:
                change.SendAt(action.FireAt!.Value, caller.Id, caller.Execution, new(HistoryEventType.TimerFired, change.Now, TaskScheduledId: action.EventId, FireAt: action.FireAt));
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
            change.Send(caller.Id, new(HistoryEventType.SubOrchestrationInstanceFailed, change.Now, TaskScheduledId: call.EventId, FailureDetails: Json.Write(failure)), caller.Execution);
            return;
        }

        change.Start(new Instance(call.InstanceId!, Guid.NewGuid().ToString("N"), call.Name!)
        {
            Version = call.Version ?? "",
            Input = call.Data,
            Parent = new ParentLink(caller.Id, caller.Name, caller.Execution, call.EventId),
        });
    }
}
