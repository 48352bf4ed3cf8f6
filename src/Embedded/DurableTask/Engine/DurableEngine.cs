using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Embedded.DurableTask.Orchestrations;
using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask;

/// <summary>
/// Runs orchestrations and activities with their history in one SQLite file. Killed at any moment and started again, it
/// goes on: activities run at least once, each recorded result, event and timer counts exactly once.
/// </summary>
/// <param name="path">The SQLite file; made when missing. One engine holds it at a time.</param>
public sealed class DurableEngine(
    string path, IDurableFunctions functions, ILoggerFactory loggers, DurableEngineOptions? options = null, TimeProvider? time = null) : IAsyncDisposable
{
    private readonly DurableEngineOptions options = options ?? new();
    private readonly TimeProvider time = time ?? TimeProvider.System;
    private RunningEngine? running;

    /// <summary>May be had before the start, and used after it.</summary>
    public DurableTaskClient Client => field ??= new EngineClient(() => Running, functions, options, time);

    /// <summary>Rows of the file that were read since the start.</summary>
    internal long RowsRead => Running.Readers.RowsRead;

    private RunningEngine Running => running is { IsStopping: false } engine
        ? engine
        : throw new InvalidOperationException($"The durable engine of {path} is not running. Call StartAsync first, and nothing after StopAsync.");

    /// <exception cref="IOException">Another engine holds the file.</exception>
    public Task StartAsync(CancellationToken cancellation = default)
    {
        if (running is not null)
        {
            throw new InvalidOperationException($"The durable engine of {path} is running already.");
        }

        running = new RunningEngine(path, functions, options, loggers, time);
        return Task.CompletedTask;
    }

    /// <summary>Lets running activities finish for a short while, then leaves them to be delivered again at the next start.</summary>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        if (Interlocked.Exchange(ref running, null) is { } engine)
        {
            await engine.DisposeAsync();
        }
    }

    /// <summary>An instance's recorded history since its start, or since it last continued as new.</summary>
    /// <returns>Oldest first; empty for an unknown instance.</returns>
    public IReadOnlyList<HistoryEntry> History(string instanceId) => Running.Readers.History(instanceId);

    /// <returns>The instance's present execution, for <see cref="Departure"/> in a later release; null for an unknown instance.</returns>
    public RecordedHistory? Record(string instanceId) => Running.Readers.Snapshot(instanceId) is ({ } instance, var events)
        ? new(instance.Id, instance.Name, instance.Version, instance.Input, instance.Parent?.Id, instance.Parent?.Name, events)
        : null;

    /// <summary>Replays a history, recorded by this engine or another one, against the app's present code. Changes nothing and needs no start.</summary>
    /// <returns>Null when the code takes the recorded way; else where they part, with what was expected and what was found.</returns>
    public string? Departure(RecordedHistory history)
    {
        var instance = new Instance(history.InstanceId, "", history.Name)
        {
            Version = history.Version,
            Input = history.Input,
            Parent = history.ParentId is { } parent ? new(parent, history.ParentName!, "", 0) : null,
        };
        return new Rehearsal(instance, history.Events, functions, options).Departure(history.Events.LastOrDefault(entry => entry.EventType == HistoryEventType.ExecutionCompleted));
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}
