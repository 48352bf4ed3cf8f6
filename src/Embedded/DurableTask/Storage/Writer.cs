using System.Collections.Concurrent;

namespace ServerlessTuning.Embedded.DurableTask.Storage;

/// <summary>
/// The one thread that writes. Changes that wait while a commit is on its way to the disk share the next one (group
/// commit), each in a savepoint of its own, so that one that fails takes nobody with it.
/// </summary>
internal sealed class Writer : IDisposable
{
    private const int MostInOneCommit = 512;

    private readonly BlockingCollection<Entry> entries = [];
    private readonly Database database;
    private readonly Action<Signals> committed;
    private readonly TimeProvider time;
    private readonly Thread thread;
    private DateTime latest;

    /// <param name="committed">Told what a commit has brought; called on the writing thread, must not wait.</param>
    public Writer(Database database, TimeProvider time, Action<Signals> committed)
    {
        (this.database, this.time, this.committed) = (database, time, committed);
        latest = new((long?)database.Scalar("SELECT MAX(due) FROM inbox WHERE timed = 0") ?? 0, DateTimeKind.Utc);
        thread = new Thread(Run) { IsBackground = true, Name = "durable history" };
        thread.Start();
    }

    /// <summary>Makes a change durable; the task ends once it is on disk.</summary>
    public Task<T> Commit<T>(Func<Change, T> change)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var value = default(T);
        entries.Add(new Entry(open => value = change(open), () => result.TrySetResult(value!), failure => result.TrySetException(failure)));
        return result.Task;
    }

    public Task Commit(Action<Change> change) => Commit(open =>
    {
        change(open);
        return true;
    });

    /// <summary>Finishes what was handed in, then stops.</summary>
    public void Dispose()
    {
        entries.CompleteAdding();
        thread.Join();
        entries.Dispose();
    }

    private void Run()
    {
        var batch = new List<Entry>();
        foreach (var first in entries.GetConsumingEnumerable())
        {
            batch.Clear();
            batch.Add(first);
            while (batch.Count < MostInOneCommit && entries.TryTake(out var next))
            {
                batch.Add(next);
            }

            CommitTogether(batch);
        }
    }

    private void CommitTogether(List<Entry> batch)
    {
        var signals = new Signals();
        var done = new List<Entry>(batch.Count);
        try
        {
            database.Execute("BEGIN IMMEDIATE");
            foreach (var entry in batch)
            {
                if (Apply(entry, signals))
                {
                    done.Add(entry);
                }
            }

            database.Execute("COMMIT");
        }
#pragma warning disable CA1031 // whoever handed in a change decides what its failure means
        catch (Exception failure)
        {
            RollBack();
            batch.ForEach(entry => entry.Fail(Told(failure))); // who has failed by itself already keeps its own reason
            return;
        }
#pragma warning restore CA1031

        committed(signals);
        done.ForEach(entry => entry.Succeed());
    }

    private bool Apply(Entry entry, Signals signals)
    {
        var now = time.GetUtcNow().UtcDateTime;
        latest = now > latest ? now : latest; // order survives a clock that is set back
        var change = new Change(database, now, latest);
        database.Execute("SAVEPOINT change");
        try
        {
            entry.Do(change);
        }
#pragma warning disable CA1031
        catch (Exception failure)
        {
            database.Execute("ROLLBACK TO change");
            database.Execute("RELEASE change");
            entry.Fail(Told(failure));
            return false;
        }
#pragma warning restore CA1031

        database.Execute("RELEASE change");
        signals.Add(change.Signals);
        return true;
    }

    private Exception Told(Exception failure) => failure is Microsoft.Data.Sqlite.SqliteException reason ? new UnwritableException(database.Path, reason) : failure;

    private void RollBack()
    {
        try
        {
            database.Execute("ROLLBACK");
        }
        catch (Microsoft.Data.Sqlite.SqliteException)
        {
            // SQLite has rolled back already, as it does when the disk is full
        }
    }

    private sealed record Entry(Action<Change> Do, Action Succeed, Action<Exception> Fail);
}
