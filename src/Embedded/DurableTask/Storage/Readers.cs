using System.Collections.Concurrent;
using Microsoft.DurableTask.Client;

namespace ServerlessTuning.Embedded.DurableTask.Storage;

/// <summary>The read side: connections of its own, so that nobody who asks waits for a write.</summary>
internal sealed class Readers(string path) : IDisposable
{
    private readonly ConcurrentBag<Database> idle = [];
    private long rows;

    /// <summary>What reading has cost since the start, so that tests can hold it against what was there to read.</summary>
    public long RowsRead => Interlocked.Read(ref rows);

    public Instance? Find(string id) => Read(database => Instances.Find(database, id));

    public List<Instance> List(OrchestrationQuery query, string after, int count) => Read(database => Instances.List(database, query, after, count));

    /// <summary>Oldest first.</summary>
    public List<HistoryEntry> History(string instance) => Read(database => History(database, instance));

    /// <summary>An instance and its history as of one moment.</summary>
    public (Instance? Instance, List<HistoryEntry> History) Snapshot(string id) => Read(database =>
    {
        database.Execute("BEGIN");
        try
        {
            return (Instances.Find(database, id), History(database, id));
        }
        finally
        {
            database.Execute("COMMIT");
        }
    });

    /// <summary>What an instance may read now, in order.</summary>
    public List<Message> Messages(string instance, DateTime now) => Read(database => database.Query(
        row => new Message(row.GetInt64(0), row.Text(1), Json.ReadEvent(row.GetString(2))),
        "SELECT id, execution, event FROM inbox WHERE instance = $1 AND (timed = 0 OR due <= $2) ORDER BY due, id",
        instance, now.Ticks));

    public List<string> InstancesWithMessages(DateTime now) => Read(database => database.Query(
        row => row.GetString(0), "SELECT DISTINCT instance FROM inbox WHERE timed = 0 OR due <= $1", now.Ticks));

    /// <summary>Instances with a timer in (<paramref name="after"/>, <paramref name="upTo"/>].</summary>
    public List<string> InstancesWithTimers(DateTime after, DateTime upTo) => Read(database => database.Query(
        row => row.GetString(0), "SELECT DISTINCT instance FROM inbox WHERE timed = 1 AND due > $1 AND due <= $2", after.Ticks, upTo.Ticks));

    public DateTime? FirstTimer(DateTime after) =>
        Read(database => database.Scalar("SELECT MIN(due) FROM inbox WHERE timed = 1 AND due > $1", after.Ticks)) is long due ? new DateTime(due, DateTimeKind.Utc) : null;

    public List<WorkItem> Work() => Read(database => database.Query(
        row => new WorkItem(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetString(4), row.Text(5)),
        "SELECT id, instance, execution, task, name, input FROM work ORDER BY id"));

    public void Dispose()
    {
        while (idle.TryTake(out var database))
        {
            database.Dispose();
        }
    }

    private static List<HistoryEntry> History(Database database, string instance) =>
        database.Query(row => Json.ReadEvent(row.GetString(0)), "SELECT event FROM history WHERE instance = $1 ORDER BY number", instance);

    private T Read<T>(Func<Database, T> query)
    {
        var database = idle.TryTake(out var waiting) ? waiting : new Database(path, readOnly: true);
        var before = database.RowsRead;
        try
        {
            return query(database);
        }
        finally
        {
            Interlocked.Add(ref rows, database.RowsRead - before);
            idle.Add(database);
        }
    }
}
