using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Embedded.Functions.Hosting;

namespace ServerlessTuning.Embedded.Functions.Blobs;

/// <summary>Takes messages from the trigger's queue and has them handled, so many at once. At a stop it waits for those under way.</summary>
internal sealed class BlobQueueListener(QueueClient queue, SemaphoreSlim announced, BlobHandler handler, HostSettings settings, StoragePatience patience, ILogger log)
{
    private const int MostAtOnce = 16;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    public async Task RunAsync(CancellationToken stop)
    {
        using var places = new SemaphoreSlim(settings.MaxDegreeOfParallelism);
        var underWay = new HashSet<Task>();
        while (!stop.IsCancellationRequested)
        {
            await ((Task)places.WaitAsync(stop)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
            {
                break;
            }

            places.Release(); // only waited for: a message taken without a free place would lie hidden and unhandled
            QueueMessage[] messages = [];
            var most = Math.Min(MostAtOnce, places.CurrentCount);
            await patience.Until("reading the trigger's queue", async () => messages = (await queue.ReceiveMessagesAsync(most, settings.BlobVisibility, stop)).Value, stop, evenRefused: true);
            foreach (var message in messages)
            {
                await places.WaitAsync(CancellationToken.None);
                underWay.Add(Task.Run(() => Handle(message, places, stop), CancellationToken.None));
            }

            underWay.RemoveWhere(task => task.IsCompleted);
            if (messages.Length == 0)
            {
                await ((Task)announced.WaitAsync(Pause, stop)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await Task.WhenAll(underWay);
    }

    private async Task Handle(QueueMessage message, SemaphoreSlim places, CancellationToken stop)
    {
        await using var lease = new MessageLease(queue, message, settings.BlobVisibility);
        lease.Start();
        try
        {
            if (!await handler.HandleAsync(lease, stop))
            {
                announced.Release();
            }
        }
        catch (Exception e) // the edge: the message shows itself again when its time is over, and is tried again
        {
            log.LogError(e, "Message {Message} of the blob trigger's queue could not be settled; it comes again in {Visibility}", message.MessageId, settings.BlobVisibility);
        }
        finally
        {
            places.Release();
        }
    }
}
