using System.Globalization;
using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Reporting;
using ServerlessTuning.Trainer.Storage;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>
/// The run's checkpoints in the storage. A checkpoint counts only once <c>latest.json</c> names it, which is written last and conditionally:
/// killed anywhere before, the earlier checkpoint still counts; a trainer whose epoch is lower than the pointer's is fenced and overwrites nothing.
/// </summary>
public sealed class CheckpointChain(IBlobStore store, WorkOrder order, Reporter reporter, RunLog log)
{
    private string Pointer => BlobPaths.LatestCheckpoint(order.RunId);

    public Task<LatestCheckpoint?> Latest(CancellationToken cancellation) => store.ReadJson<LatestCheckpoint>(BlobPaths.Runs, Pointer, cancellation);

    /// <summary>The checkpoint to go on from, its pointer now under our epoch, so that an older trainer that still lives is fenced from here on.</summary>
    /// <exception cref="InterruptedException">A newer trainer has the run.</exception>
    public async Task<LatestCheckpoint?> Claim(CancellationToken cancellation)
    {
        while (await store.Read(BlobPaths.Runs, Pointer, cancellation) is { } document)
        {
            var latest = Fence.Pass(document, order);
            var ours = latest with { Epoch = order.Epoch };
            if (latest == ours || await store.TryReplace(BlobPaths.Runs, Pointer, Json(ours), document.ETag, cancellation))
            {
                return ours;
            }
        }

        return null;
    }

    public Task Download(LatestCheckpoint checkpoint, string folder, CancellationToken cancellation) =>
        Downloads.Folder(store, BlobPaths.Runs, $"{order.RunId}/{checkpoint.Path}", folder, cancellation);

    /// <summary>Uploads a checkpoint's folder, makes it the one that counts, then deletes all but the last two.</summary>
    /// <param name="isBest">It is the one whose weights are kept in the end; it is not deleted before there is a better one.</param>
    /// <param name="isEnough">Training ends with it.</param>
    /// <exception cref="InterruptedException">A newer trainer has the run.</exception>
    public async Task Add(int step, string folder, bool isBest, bool isEnough, CancellationToken cancellation)
    {
        var path = $"checkpoints/{step:000000}-e{order.Epoch}/";
        var added = new LatestCheckpoint(step, order.Epoch, path, isBest ? path : null, isEnough);
        await store.UploadFolder(BlobPaths.Runs, $"{order.RunId}/{added.Path}", folder, cancellation);
        await reporter.WriteMetrics(cancellation); // every step up to here stands there before the checkpoint counts
        var before = await Move(added, cancellation);
        log.Say($"Checkpoint {added.Path} written.");
        await DeleteAllBut([added.Path, before?.Path, added.Best ?? before?.Best], cancellation);
    }

    private async Task<LatestCheckpoint?> Move(LatestCheckpoint added, CancellationToken cancellation)
    {
        while (true)
        {
            var document = await store.Read(BlobPaths.Runs, Pointer, cancellation);
            var before = document is null ? null : Fence.Pass(document, order);
            if (await store.TryReplace(BlobPaths.Runs, Pointer, Json(added with { Best = added.Best ?? before?.Best }), document?.ETag, cancellation))
            {
                return before;
            }
        }
    }

    /// <summary>Folders of a higher epoch are a newer trainer's and stay.</summary>
    private async Task DeleteAllBut(IReadOnlyList<string?> kept, CancellationToken cancellation)
    {
        var prefix = $"{order.RunId}/";
        foreach (var blob in await store.List(BlobPaths.Runs, BlobPaths.Checkpoints(order.RunId), cancellation))
        {
            var folder = blob.Name[prefix.Length..(blob.Name.LastIndexOf('/') + 1)];
            if (EpochOf(folder) is { } epoch && epoch <= order.Epoch && !kept.Contains(folder))
            {
                await store.Delete(BlobPaths.Runs, blob.Name, cancellation);
            }
        }
    }

    /// <summary>Null for what is no checkpoint's folder, such as the pointer's.</summary>
    private static long? EpochOf(string folder) => folder.LastIndexOf("-e", StringComparison.Ordinal) is > 0 and var at
        && long.TryParse(folder.AsSpan(at + 2).TrimEnd('/'), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? epoch : null;

    private static byte[] Json(LatestCheckpoint latest) => JsonSerializer.SerializeToUtf8Bytes(latest, TuningJson.Options);
}
