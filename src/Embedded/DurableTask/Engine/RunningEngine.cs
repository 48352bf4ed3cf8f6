using Microsoft.Extensions.Logging;
using ServerlessTuning.Embedded.DurableTask.Dispatch;
using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask;

/// <summary>The parts of a started engine and how they are wired: a commit on the writer's thread wakes everyone else.</summary>
internal sealed class RunningEngine : IAsyncDisposable
{
    private readonly FileLock held;
    private readonly Database database;
    private readonly Wakeups wakeups = new();
    private readonly TimerLoop timers;
    private readonly ActivityLoop activities;
    private readonly CancellationTokenSource stop = new();
    private readonly Task loops;

    public RunningEngine(string path, IDurableFunctions functions, DurableEngineOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        held = new FileLock(path);
        try
        {
            database = new Database(path);
            Schema.Create(database, options.SyncEachCommit);
        }
        catch
        {
            database?.Dispose();
            held.Dispose();
            throw;
        }

        Readers = new Readers(path);
        Writer = new Writer(database, time, Committed);
        timers = new TimerLoop(Readers, wakeups, time);
        activities = new ActivityLoop(Writer, functions, options, loggers, time);
        var orchestrations = new OrchestrationLoop(Readers, Writer, wakeups, functions, options, loggers, time);
        Readers.Work().ForEach(activities.Add);
        Readers.InstancesWithMessages(time.GetUtcNow().UtcDateTime).ForEach(wakeups.Wake);
        loops = Task.WhenAll(orchestrations.Run(stop.Token), Task.Run(() => activities.Run(stop.Token)), Task.Run(() => timers.Run(stop.Token)));
    }

    public Readers Readers { get; }

    public Writer Writer { get; }

    public Changes Changes { get; } = new();

    public bool IsStopping => stop.IsCancellationRequested;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        Changes.TellAll();
        await loops;
        Writer.Dispose();
        Readers.Dispose();
        database.Dispose();
        held.Dispose();
        activities.Dispose();
        timers.Dispose();
        stop.Dispose();
    }

    private void Committed(Signals signals)
    {
        signals.Work.ForEach(activities.Add);
        signals.Woken.ForEach(wakeups.Wake);
        signals.Timers.ForEach(timer => timers.Add(timer.Instance, timer.Due));
        signals.Changed.ForEach(Changes.Tell);
    }
}
