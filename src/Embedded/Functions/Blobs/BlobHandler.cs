using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Embedded.Functions.Hosting;
using ServerlessTuning.Embedded.Functions.Invocation;

namespace ServerlessTuning.Embedded.Functions.Blobs;

/// <summary>One message: runs the function on the blob it names, or finds out why not.</summary>
internal sealed class BlobHandler(BlobServiceClient blobs, QueueClient poison, IReadOnlyList<BlobTrigger> triggers, HostSettings settings, Invoker invoker, StoragePatience patience, ILogger log)
{
    private readonly Dictionary<string, BlobTrigger> byFunction = triggers.ToDictionary(trigger => trigger.Function.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>An unknown function, a deleted blob or another version: dropped, because the scan announces what is there now. A failure: seen again at once, or poison.</summary>
    /// <returns>False when the message is to be seen again at once.</returns>
    public async Task<bool> HandleAsync(MessageLease lease, CancellationToken stop)
    {
        // More deliveries than tries: the host died over it each time, so running it once more would only kill this one too.
        if (Read(lease) is not { } found || lease.Message.DequeueCount > settings.PoisonBlobThreshold)
        {
            await Bury(lease, "it was delivered more often than it may be tried, or is no message of a blob trigger");
            return true;
        }

        try
        {
            await RunAsync(found, lease, stop);
        }
        catch (Exception e) when (stop.IsCancellationRequested)
        {
            log.LogInformation("{Function} on {Container}/{Blob} was stopped with the host ({Reason}); it is run again", found.FunctionId, found.ContainerName, found.BlobName, e.GetType().Name);
            await lease.ReleaseAsync();
            return false;
        }
        catch (Exception e) // the edge of the invocation: counted, and tried again
        {
            log.LogWarning("{Function} failed on {Container}/{Blob}, try {Try} of {Tries}: {Message}", found.FunctionId, found.ContainerName, found.BlobName, lease.Message.DequeueCount, settings.PoisonBlobThreshold, e.Message);
            if (lease.Message.DequeueCount < settings.PoisonBlobThreshold)
            {
                await lease.ReleaseAsync();
                return false;
            }

            await Bury(lease, "its last try failed");
            return true;
        }

        await lease.DeleteAsync();
        return true;
    }

    private async Task RunAsync(BlobMessage found, MessageLease lease, CancellationToken stop)
    {
        var blob = blobs.GetBlobContainerClient(found.ContainerName).GetBlobClient(found.BlobName);
        if (!byFunction.TryGetValue(found.FunctionId, out var trigger) || trigger.Pattern.Match(found.BlobName) is not { } pieces || !await IsCurrent(blob, found.ETag, stop))
        {
            return;
        }

        await invoker.InvokeAsync(trigger.Function, new((parameter, context) => BlobBinding.Bind(trigger.Function, parameter, blob, pieces, patience, context.CancellationToken))
        {
            BindingData = BlobBinding.Data(blob, pieces),
            Retry = (int)lease.Message.DequeueCount - 1,
            MaxRetries = settings.PoisonBlobThreshold - 1,
            Stop = stop,
        });
    }

    private async Task Bury(MessageLease lease, string why)
    {
        await poison.CreateIfNotExistsAsync();
        await poison.SendMessageAsync(lease.Message.Body.ToString());
        await lease.DeleteAsync();
        log.LogWarning("Message {Message} lies in {Queue} now: {Why}. {Body}", lease.Message.MessageId, poison.Name, why, lease.Message.Body.ToString());
    }

    /// <returns>Null for what is no blob trigger's message.</returns>
    private static BlobMessage? Read(MessageLease lease)
    {
        try
        {
            return JsonSerializer.Deserialize<BlobMessage>(lease.Message.Body.ToString()) is { FunctionId: not null, ContainerName: not null, BlobName: not null } message ? message : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <remarks>An outage here is waited for: it is no failure of the function, and must not use up its tries.</remarks>
    private async Task<bool> IsCurrent(BlobClient blob, string etag, CancellationToken stop)
    {
        var found = "";
        try
        {
            await patience.Until($"looking at {blob.Name}", async () => found = (await blob.GetPropertiesAsync(cancellationToken: stop)).Value.ETag.ToString().Trim('"'), stop);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return false;
        }

        stop.ThrowIfCancellationRequested();
        return found == etag;
    }
}
