using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Logging;

namespace ServerlessTuning.Embedded.Functions.Blobs;

/// <summary>Looks at one trigger's container again and again and announces each new version once. Each trigger has its own, so that none waits for another's trouble.</summary>
internal sealed class BlobAnnouncer(
    BlobServiceClient blobs, QueueClient queue, SemaphoreSlim announced, BlobReceipts receipts, BlobTrigger trigger, StoragePatience patience, ILogger log)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private readonly BlobScanner scanner = new(blobs, trigger.Pattern);

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await patience.Until($"looking for blobs of {trigger.Function.Name}", () => scanner.ScanAsync((name, type, etag) => Announce(name, type, etag, stop), stop), stop, evenRefused: true);
            await Task.Delay(Pace, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A version that storage refuses to have announced (its receipt's name is too long, say) is passed over, once and aloud: the others come after it.</summary>
    private async Task Announce(string name, string type, string etag, CancellationToken stop)
    {
        try
        {
            await receipts.OnceAsync(trigger.Function.Name, etag, trigger.Pattern.Container, name, async () =>
            {
                await queue.SendMessageAsync(JsonSerializer.Serialize(new BlobMessage("BlobTrigger", trigger.Function.Name, type, trigger.Pattern.Container, name, etag)), stop);
                announced.Release();
            }, stop);
        }
        catch (RequestFailedException e) when (StoragePatience.IsRefusal(e) && e.Status != 404) // 404: the container of the receipts or the queue was deleted under us
        {
            log.LogError("{Function} is not run for {Container}/{Blob}: storage refuses its receipt or its message ({Status} {Code}: {Message}). Change or rename the blob to have it tried again",
                trigger.Function.Name, trigger.Pattern.Container, name, e.Status, e.ErrorCode, e.Message.Split('\n')[0]);
        }
    }
}
