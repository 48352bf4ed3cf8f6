using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace ServerlessTuning.Embedded.DurableTask.Storage;

/// <summary>The write side of the four tables, inside an open transaction.</summary>
/// <param name="latest">Now, or later when the clock was set back: what messages are ordered by.</param>
internal sealed class Change(Database database, DateTime now, DateTime latest)
{
    public DateTime Now { get; } = now;

    public Signals Signals { get; } = new();

    public Instance? Find(string id) => Instances.Find(database, id);

    /// <summary>Puts an instance in the place of whatever had its id.</summary>
    public void Create(Instance instance)
    {
        Remove(instance.Id);
        Instances.Insert(database, instance);
        Signals.Changed.Add(instance.Id);
    }

    /// <summary>Creates an instance and sends it off, now or at <paramref name="at"/>.</summary>
    public void Start(Instance instance, DateTime? at = null)
    {
        Create(instance with { Created = Now, Updated = Now });
        var start = new HistoryEntry(HistoryEventType.ExecutionStarted, Now, Name: instance.Name, Data: instance.Input);
        if (at > Now)
        {
            SendAt(at.Value, instance.Id, instance.Execution, start);
        }
        else
        {
            Send(instance.Id, start, instance.Execution);
        }
    }

    /// <summary>Tells the parent of a sub-orchestration how it ended.</summary>
    public void ReportToParent(Instance ended)
    {
        // As the file has it: a parent that was rewound may not want the answer any more.
        if (ended.Parent is null || Find(ended.Id)?.Parent is not { } parent)
        {
            return;
        }

        var report = ended.Status == OrchestrationRuntimeStatus.Completed
            ? new HistoryEntry(HistoryEventType.SubOrchestrationInstanceCompleted, Now, TaskScheduledId: parent.Task, Result: ended.Output)
            : new HistoryEntry(HistoryEventType.SubOrchestrationInstanceFailed, Now, TaskScheduledId: parent.Task, FailureDetails: Json.Write(WhyFailed(ended)));
        Send(parent.Id, report, parent.Execution);
    }

    /// <summary>Ends an instance whose own step cannot be done.</summary>
    public void Condemn(string id, TaskFailureDetails failure)
    {
        if (Find(id) is not { IsFinished: false } instance)
        {
            return;
        }

        var ended = instance with { Status = OrchestrationRuntimeStatus.Failed, Output = failure.ErrorMessage, Failure = failure, Updated = Now };
        var number = (long)(database.Scalar("SELECT MAX(number) FROM history WHERE instance = $1", id) ?? -1L) + 1;
        Append(id, (int)number, new(HistoryEventType.ExecutionCompleted, Now, Result: ended.Output, FailureDetails: Json.Write(failure), OrchestrationStatus: ended.Status.ToString()));
        Update(ended, instance.Execution);
        database.Execute("DELETE FROM inbox WHERE instance = $1", id);
        ReportToParent(ended);
    }

    /// <returns>False when the instance is not at this execution any more.</returns>
    public bool Update(Instance instance, string execution)
    {
        Signals.Changed.Add(instance.Id);
        return Instances.Update(database, instance, execution);
    }

    public void Remove(string id)
    {
        ClearHistory(id);
        ClearQueues(id);
        database.Execute("DELETE FROM instances WHERE id = $1", id);
        Signals.Changed.Add(id);
    }

    /// <returns>Instances removed; none while the instance runs.</returns>
    public int Purge(string id, bool recursive)
    {
        if (Find(id) is not { IsFinished: true })
        {
            return 0;
        }

        var children = recursive ? ChildrenOf(id) : [];
        Remove(id);
        return 1 + children.Sum(child => Purge(child, recursive));
    }

    private List<string> ChildrenOf(string id) => database.Query(row => row.GetString(0), "SELECT id FROM instances WHERE parent = $1", id);

    /// <summary>Sends an event to an instance at once; one for an unknown or finished instance is dropped.</summary>
    /// <param name="execution">Null: to whichever execution the instance is at.</param>
    public void Send(string instance, HistoryEntry entry, string? execution = null)
    {
        if (Find(instance) is { IsFinished: false } target && (execution is null || execution == target.Execution))
        {
            Insert(instance, execution, latest, timed: false, entry);
            Signals.Woken.Add(instance);
        }
    }

    /// <summary>Sends an event to an instance, to be read at <paramref name="due"/> and not before.</summary>
    public void SendAt(DateTime due, string instance, string? execution, HistoryEntry entry)
    {
        Insert(instance, execution, due, timed: true, entry);
        Signals.Timers.Add((instance, due));
    }

    /// <summary>Sends an event that comes before all that waits already.</summary>
    public void SendFirst(string instance, string? execution, HistoryEntry entry)
    {
        Insert(instance, execution, default, timed: false, entry);
        Signals.Woken.Add(instance);
    }

    /// <returns>False when it was gone already.</returns>
    public bool Take(Message message) => database.Execute("DELETE FROM inbox WHERE id = $1", message.Id) == 1;

    public void CancelTimers(string instance, string execution) =>
        database.Execute("DELETE FROM inbox WHERE instance = $1 AND timed = 1 AND execution = $2", instance, execution);

    public void CancelTimer(string instance, string execution, int task) =>
        database.Execute("DELETE FROM inbox WHERE instance = $1 AND timed = 1 AND execution = $2 AND json_extract(event, '$.TaskScheduledId') = $3", instance, execution, task);

    public void Append(string instance, int number, HistoryEntry entry) =>
        database.Execute("INSERT INTO history (instance, number, event) VALUES ($1, $2, $3)", instance, number, Json.Write(entry));

    /// <summary>Withdraws activities that were not begun, and the results of those that were; forgets timers and messages.</summary>
    public void ClearQueues(string instance)
    {
        database.Execute("DELETE FROM inbox WHERE instance = $1", instance);
        database.Execute("DELETE FROM work WHERE instance = $1", instance);
    }

    /// <summary>A sub-orchestration that still runs is to tell nobody how it ends.</summary>
    public void Orphan(string parent, int task) => database.Execute("UPDATE instances SET parent_execution = '' WHERE parent = $1 AND parent_task = $2", parent, task);

    public void ClearHistory(string instance) => database.Execute("DELETE FROM history WHERE instance = $1", instance);

    public void AddWork(string instance, string execution, int task, string name, string? input)
    {
        var id = (long)database.Scalar(
            "INSERT INTO work (instance, execution, task, name, input) VALUES ($1, $2, $3, $4, $5) RETURNING id", instance, execution, task, name, input)!;
        Signals.Work.Add(new WorkItem(id, instance, execution, task, name, input));
    }

    /// <returns>False when the work was withdrawn or its result is recorded already.</returns>
    public bool Finish(WorkItem work) => database.Execute("DELETE FROM work WHERE id = $1", work.Id) == 1;

    private static TaskFailureDetails WhyFailed(Instance ended) =>
        ended.Failure ?? new TaskFailureDetails("(unknown)", $"The sub-orchestration '{ended.Id}' was {ended.Status.ToString().ToLowerInvariant()}: {ended.Output}", null, null, null);

    private void Insert(string instance, string? execution, DateTime due, bool timed, HistoryEntry entry) =>
        database.Execute(
            "INSERT INTO inbox (instance, execution, due, timed, event) VALUES ($1, $2, $3, $4, $5)",
            instance, execution, due.Ticks, timed ? 1 : 0, Json.Write(entry));
}
