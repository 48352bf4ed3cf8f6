using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Stages;

namespace ServerlessTuning.Trainer.Storage;

/// <summary>Keeps an attempt from what a newer one has taken over: the pointer to the latest checkpoint carries the epoch of the attempt that moved it.</summary>
internal static class Fence
{
    /// <returns>What the pointer says, when it is this attempt's or an older one's.</returns>
    /// <exception cref="InterruptedException">A newer attempt has the run.</exception>
    public static LatestCheckpoint Pass(BlobDocument pointer, WorkOrder order)
    {
        var latest = JsonSerializer.Deserialize<LatestCheckpoint>(pointer.Content.Span, TuningJson.Options)!;
        return latest.Epoch <= order.Epoch ? latest
            : throw new InterruptedException($"Stopped because a newer attempt has taken over: {BlobPaths.LatestCheckpoint(order.RunId)} has epoch {latest.Epoch}, this attempt has {order.Epoch}.");
    }
}
