using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Triggers;

/// <summary>
/// Says which blobs the blob trigger gave up: an error in the log for each new one, and the whole list in <c>runs/poison.json</c>. Without it a dataset whose
/// start failed five times would lie in the drop zone and nobody would know.
/// </summary>
public sealed class ReportPoison(PoisonQueue queue, RunStore runs, ILogger<ReportPoison> logger)
{
    private static readonly PoisonReport Nothing = new(0, []);

    [Function(nameof(ReportPoison))]
    public async Task Run([TimerTrigger("0 */5 * * * *")] TimerInfo timer, CancellationToken cancellation)
    {
        var known = await runs.FindAsync<PoisonReport>(BlobPaths.Poison, cancellation) ?? Nothing;
        var found = await queue.PeekAsync(cancellation);
        foreach (var blob in found.Oldest.ExceptBy(known.Oldest.Select(other => other.Message), blob => blob.Message))
        {
            logger.LogError("{Container}/{Blob} was given up: {Function} failed on it until the trigger stopped trying, {Since}. Mend the cause and upload it again; the message lies in the queue {Queue}",
                blob.Container, blob.Blob, blob.Function, blob.Since, PoisonQueue.Name);
        }

        if (found.Count != known.Count || !found.Oldest.SequenceEqual(known.Oldest))
        {
            await runs.WriteAsync(BlobPaths.Poison, found, cancellation);
        }
    }
}
