using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace ServerlessTuning.Embedded.DurableTask;

/// <summary>Runs orchestrations and activities with their history in one SQLite file.</summary>
/// <param name="path">The SQLite file; made when missing. One engine holds it at a time.</param>
public sealed class DurableEngine(
    string path, IDurableFunctions functions, ILoggerFactory loggers, DurableEngineOptions? options = null, TimeProvider? time = null) : IAsyncDisposable
{
    private readonly (string, IDurableFunctions, ILoggerFactory, DurableEngineOptions?, TimeProvider?) parts = (path, functions, loggers, options, time);

    public DurableTaskClient Client => throw new NotSupportedException($"{parts}");

    /// <exception cref="IOException">Another engine holds the file.</exception>
    public Task StartAsync(CancellationToken cancellation = default) => throw new NotSupportedException();

    /// <summary>Lets running activities finish for a short while, then leaves them to be delivered again.</summary>
    public Task StopAsync(CancellationToken cancellation = default) => throw new NotSupportedException();

    /// <returns>Oldest first; empty for an unknown instance.</returns>
    public IReadOnlyList<HistoryEntry> History(string instanceId) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
