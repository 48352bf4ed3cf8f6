using Microsoft.DurableTask.Client;
using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask.Orchestrations;

/// <summary>Rewinds a failed instance, and with it the failed sub-orchestrations that it waits for.</summary>
internal sealed class Rewinding
{
    private readonly Dictionary<string, RewindPlan> plans = [];
    private readonly string root;

    /// <summary>Looks at the histories; they stand still, since whoever has failed does nothing any more.</summary>
    /// <exception cref="ArgumentException">There is no such instance.</exception>
    /// <exception cref="InvalidOperationException">It has not failed.</exception>
    public Rewinding(string id, Readers readers, IDurableFunctions functions, DurableEngineOptions options)
    {
        root = id;
        Plan(id);

        void Plan(string one)
        {
            var (instance, history) = readers.Snapshot(one);
            RequireFailed(one, instance);
            plans[one] = RewindPlan.Make(instance!, history, functions, options);
            foreach (var call in plans[one].Again.Where(call => IsFailedChild(readers.Find(call.InstanceId ?? ""), one, call)))
            {
                Plan(call.InstanceId!);
            }
        }
    }

    /// <summary>Does it, in the transaction that it is given.</summary>
    public void Apply(Change change, string reason) => Apply(change, plans[root], reason);

    private static bool IsFailedChild(Instance? child, string parent, HistoryEntry call) => child?.Status == OrchestrationRuntimeStatus.Failed && IsChild(child, parent, call);

    private static bool IsChild(Instance? child, string parent, HistoryEntry call) => child?.Parent is { } link && link.Id == parent && link.Task == call.EventId;

    private static void RequireFailed(string id, Instance? instance)
    {
        if (instance is null)
        {
            throw InstanceIds.Unknown(id);
        }

        if (instance.Status != OrchestrationRuntimeStatus.Failed)
        {
            throw new InvalidOperationException($"The orchestration instance '{id}' is {instance.Status}; only a failed one can be rewound.");
        }
    }

    private void Apply(Change change, RewindPlan plan, string reason)
    {
        var failed = plan.Failed;
        RequireFailed(failed.Id, change.Find(failed.Id));
        change.ClearHistory(failed.Id);
        change.ClearQueues(failed.Id);
        foreach (var (number, entry) in plan.Kept.Index())
        {
            change.Append(failed.Id, number, entry);
        }

        var status = plan.Kept.Count > 0 ? OrchestrationRuntimeStatus.Running : OrchestrationRuntimeStatus.Pending;
        change.Update(failed with { Status = status, Output = null, Failure = null, Updated = change.Now }, failed.Execution);
        plan.DroppedChildren.ToList().ForEach(task => change.Orphan(failed.Id, task));
        change.Send(failed.Id, new(HistoryEventType.GenericEvent, change.Now, Reason: $"Rewound: {reason}"), failed.Execution);
        plan.Redelivered.ToList().ForEach(entry => change.Send(failed.Id, entry, failed.Execution));
        plan.Again.ToList().ForEach(call => Again(change, failed, call, reason));
    }

    private void Again(Change change, Instance caller, HistoryEntry call, string reason)
    {
        var child = call.EventType == HistoryEventType.SubOrchestrationInstanceCreated ? change.Find(call.InstanceId!) : null;
        if (!IsChild(child, caller.Id, call) || child!.Status == OrchestrationRuntimeStatus.Terminated)
        {
            new Scheduling(change, caller).Begin(call);
        }
        else if (plans.TryGetValue(child.Id, out var plan))
        {
            Apply(change, plan, reason);
        }
        else if (child.IsFinished)
        {
            change.ReportToParent(child);
        }
    }
}
