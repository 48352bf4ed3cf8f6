using System.Collections.Concurrent;
using Azure.Storage.Blobs;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Tests;

/// <summary>
/// Trainers that do at once what a real one does in the end. A run whose dataset's name holds "hang" works until it is stopped;
/// one with "evicted" is interrupted at its first attempt; one with "flaky" gets no trainer at the first try; one with "worse" makes a model that is worse than its base.
/// </summary>
internal sealed class FakeTrainers(BlobServiceClient blobs) : ITrainers
{
    private readonly ConcurrentDictionary<string, int> alive = new();
    private readonly BlobContainerClient runs = blobs.GetBlobContainerClient(BlobPaths.Runs);

    public ConcurrentBag<(string Run, int Attempt)> Started { get; } = [];

    private ConcurrentDictionary<string, bool> Refused { get; } = new();

    public ConcurrentBag<string> Stopped { get; } = [];

    public async Task StartAsync(string run, int attempt, CancellationToken cancellation)
    {
        if (run.Contains("flaky", StringComparison.Ordinal) && Refused.TryAdd(run, true))
        {
            throw new InvalidOperationException("No trainer can be had at the moment.");
        }

        Started.Add((run, attempt));
        alive[run] = attempt;
        await Write(BlobPaths.Heartbeat(run, attempt), new Heartbeat(DateTimeOffset.UnixEpoch, Stage.Train, 5, 10, 2.5, null, 1000, 30));
        if (run.Contains("hang", StringComparison.Ordinal))
        {
            return;
        }

        if (run.Contains("evicted", StringComparison.Ordinal) && attempt == 1)
        {
            await Write(BlobPaths.Done(run, attempt), new TrainerDone(attempt, ExitCodes.Interrupted, "SIGTERM"));
            return;
        }

        var tuned = run.Contains("worse", StringComparison.Ordinal) ? 2.2 : 1.0;
        await Write(BlobPaths.Evaluation(run), new EvaluationReport("test", 10, new(2, Math.Exp(2), null, 0.2), new(tuned, Math.Exp(tuned), null, 0.5), []));
        await runs.GetBlobClient($"{BlobPaths.Artifacts(run)}adapter/adapter_model.safetensors").UploadAsync(BinaryData.FromString(run), overwrite: true, cancellation);
        await Write(BlobPaths.Done(run, attempt), new TrainerDone(attempt, ExitCodes.Done));
    }

    public Task<bool> IsAliveAsync(string run, int attempt, CancellationToken cancellation) => Task.FromResult(alive.TryGetValue(run, out var living) && living == attempt);

    public Task StopAsync(string run, CancellationToken cancellation)
    {
        alive.TryRemove(run, out _);
        Stopped.Add(run);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<string>>([.. alive.Keys]);

    private Task Write<T>(string name, T document) => new RunStore(blobs, TimeProvider.System).WriteAsync(name, document, default);
}
