using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Stages;

namespace ServerlessTuning.Trainer.Storage;

/// <summary>
/// The storage as one attempt may change it: what all attempts of a run share (metrics, evaluation, artifacts, stage marks) only while no newer attempt has the
/// run, so that a trainer that slept through its own replacement spoils nothing. The pointer is looked at before each such write, which leaves the milliseconds in
/// between open; the checkpoints' own fence, <see cref="CheckpointChain"/>, leaves nothing open.
/// </summary>
public sealed class FencedBlobs(IBlobStore inner, WorkOrder order) : IBlobStore
{
    public Task<BlobDocument?> Read(string container, string name, CancellationToken cancellation) => inner.Read(container, name, cancellation);

    public Task<BlobFacts?> Find(string container, string name, CancellationToken cancellation) => inner.Find(container, name, cancellation);

    public Task<IReadOnlyList<BlobFacts>> List(string container, string prefix, CancellationToken cancellation) => inner.List(container, prefix, cancellation);

    public Task Download(string container, string name, string file, CancellationToken cancellation) => inner.Download(container, name, file, cancellation);

    public async Task Write(string container, string name, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        await ThrowIfFenced(name, cancellation);
        await inner.Write(container, name, content, cancellation);
    }

    public async Task<bool> TryReplace(string container, string name, ReadOnlyMemory<byte> content, string? expectedETag, CancellationToken cancellation)
    {
        await ThrowIfFenced(name, cancellation);
        return await inner.TryReplace(container, name, content, expectedETag, cancellation);
    }

    public async Task Upload(string container, string name, string file, CancellationToken cancellation)
    {
        await ThrowIfFenced(name, cancellation);
        await inner.Upload(container, name, file, cancellation);
    }

    public async Task Delete(string container, string name, CancellationToken cancellation)
    {
        await ThrowIfFenced(name, cancellation);
        await inner.Delete(container, name, cancellation);
    }

    /// <exception cref="InterruptedException">A newer attempt has the run.</exception>
    private async Task ThrowIfFenced(string name, CancellationToken cancellation)
    {
        if (name.StartsWith(BlobPaths.Attempts(order.RunId), StringComparison.Ordinal) || name.StartsWith(BlobPaths.Checkpoints(order.RunId), StringComparison.Ordinal))
        {
            return; // an attempt's own, or fenced by its pointer
        }

        if (await inner.Read(BlobPaths.Runs, BlobPaths.LatestCheckpoint(order.RunId), cancellation) is { } pointer)
        {
            Fence.Pass(pointer, order);
        }
    }
}
