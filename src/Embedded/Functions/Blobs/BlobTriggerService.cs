using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Embedded.Functions.Discovery;
using ServerlessTuning.Embedded.Functions.Hosting;

namespace ServerlessTuning.Embedded.Functions.Blobs;

/// <summary>
/// Blob triggers as Azure's storage extension does them: list the containers, announce each new version once (receipts), run functions from a queue,
/// try a blob so many times, then leave its message in the queue <c>webjobs-blobtrigger-poison</c>. Delivery is at least once.
/// </summary>
internal sealed class BlobTriggerService(
    FunctionCatalog catalog, HostSettings settings, IConfiguration configuration, IServiceProvider services, ILogger<BlobTriggerService> log) : BackgroundService
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1), Visibility = TimeSpan.FromMinutes(10);
    private readonly SemaphoreSlim announced = new(0);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var scanned = catalog.With<BlobTriggerAttribute>().Where(item => item.Trigger.Source == BlobTriggerSource.LogsAndContainerScan); // nobody sends events here
        var byAccount = scanned.GroupBy(item => Connection(item.Trigger.Connection)).ToList();
        await Task.WhenAll(byAccount.Select(account => Watch(account.Key, [.. account.Select(item => item.Function)], stoppingToken)));
    }

    private string Connection(string? name)
    {
        name ??= "AzureWebJobsStorage";
        return configuration[name] ?? configuration[$"AzureWebJobs{name}"]
            ?? throw new InvalidOperationException($"Setting {name}: found nothing, expected the storage account that the blob triggers watch (a connection string). Set it in local.settings.json or the environment.");
    }

    private async Task Watch(string connection, FunctionMethod[] functions, CancellationToken stop)
    {
        var hostId = $"{AppDomain.CurrentDomain.FriendlyName}-{StableHash(Environment.MachineName)}".ToLowerInvariant().Replace('.', '-');
        var (blobs, queueOptions) = (new BlobServiceClient(connection), new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
        var queue = new QueueClient(connection, $"azure-webjobs-blobtrigger-{hostId}"[..Math.Min(63, 26 + hostId.Length)], queueOptions);
        var poison = new QueueClient(connection, "webjobs-blobtrigger-poison", queueOptions);
        var receipts = new BlobReceipts(blobs, hostId);
        await Patiently("preparing the trigger's queue", async () =>
        {
            await queue.CreateIfNotExistsAsync(cancellationToken: stop);
            await receipts.CreateContainerAsync(stop);
        }, stop);
        await Task.WhenAll(Scan(), Run());

        async Task Scan()
        {
            var scanners = functions.Select(function => (function, new BlobScanner(blobs, new(((BlobTriggerAttribute)function.Trigger).BlobPath)), new BlobPathPattern(((BlobTriggerAttribute)function.Trigger).BlobPath))).ToList();
            while (!stop.IsCancellationRequested)
            {
                foreach (var (function, scanner, pattern) in scanners)
                {
                    await Patiently("looking for blobs", () => scanner.ScanAsync((name, type, etag) => receipts.OnceAsync(function.Name, etag, pattern.Container, name, async () =>
                    {
                        await queue.SendMessageAsync(JsonSerializer.Serialize(new BlobMessage("BlobTrigger", function.Name, type, pattern.Container, name, etag)), stop);
                        announced.Release();
                    }, stop), stop), stop);
                }

                await Task.Delay(Pace, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        async Task Run()
        {
            using var places = new SemaphoreSlim(settings.MaxDegreeOfParallelism);
            while (!stop.IsCancellationRequested)
            {
                QueueMessage[] messages = [];
                await Patiently("reading the trigger's queue", async () => messages = (await queue.ReceiveMessagesAsync(16, Visibility, stop)).Value, stop);
                foreach (var message in messages)
                {
                    await places.WaitAsync(stop);
                    _ = Task.Run(async () =>
                    {
                        try
                        {
                            await Patiently($"handling message {message.MessageId}", () => Handle(blobs, queue, poison, message, stop), stop);
                        }
                        finally
                        {
                            places.Release();
                        }
                    }, CancellationToken.None);
                }

                if (messages.Length == 0)
                {
                    await ((Task)announced.WaitAsync(TimeSpan.FromSeconds(2), stop)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }
    }

    /// <summary>An unknown function, a deleted blob or another version: dropped, because the scan announces what is there now. A failure: seen again at once, or poison.</summary>
    private async Task Handle(BlobServiceClient blobs, QueueClient queue, QueueClient poison, QueueMessage message, CancellationToken stop)
    {
        var found = JsonSerializer.Deserialize<BlobMessage>(message.Body.ToString())!;
        var blob = blobs.GetBlobContainerClient(found.ContainerName).GetBlobClient(found.BlobName);
        if (catalog.Find(found.FunctionId) is { } function && await IsCurrent(blob, found.ETag, stop))
        {
            try
            {
                var matched = new BlobPathPattern(((BlobTriggerAttribute)function.Trigger).BlobPath).Match(found.BlobName)!;
                await function.InvokeAsync(services, (parameter, scope) => BlobBinding.Bind(function, parameter, blob, matched, scope, stop));
            }
            catch (Exception e) when (!stop.IsCancellationRequested) // the edge of the invocation: counted, and tried again
            {
                log.LogError(e, "{Function} failed on {Container}/{Blob}, try {Try} of {Tries}", function.Name, found.ContainerName, found.BlobName, message.DequeueCount, settings.PoisonBlobThreshold);
                if (message.DequeueCount < settings.PoisonBlobThreshold)
                {
                    await queue.UpdateMessageAsync(message.MessageId, message.PopReceipt, visibilityTimeout: TimeSpan.Zero, cancellationToken: stop);
                    announced.Release();
                    return;
                }

                await poison.CreateIfNotExistsAsync(cancellationToken: stop);
                await poison.SendMessageAsync(message.Body.ToString(), stop);
            }
        }

        await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, stop);
    }

    private static async Task<bool> IsCurrent(BlobClient blob, string etag, CancellationToken stop)
    {
        try
        {
            return (await blob.GetPropertiesAsync(cancellationToken: stop)).Value.ETag.ToString().Trim('"') == etag;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return false;
        }
    }

    /// <summary>Storage may be away for minutes: waits with growing pauses, says so once, and goes on.</summary>
    private async Task Patiently(string what, Func<Task> work, CancellationToken stop)
    {
        for (var failures = 0; !stop.IsCancellationRequested; failures++)
        {
            try
            {
                await work();
                if (failures > 0)
                {
                    log.LogInformation("Storage answers again ({What})", what);
                }

                return;
            }
            catch (RequestFailedException gone) when (gone.ErrorCode is "MessageNotFound" or "PopReceiptMismatch")
            {
                return; // another delivery of the message has dealt with it: running the function again would not help
            }
            catch (Exception e) when (e is RequestFailedException or AggregateException or IOException or HttpRequestException)
            {
                if (failures == 0)
                {
                    log.LogWarning("Storage does not answer ({What}): {Message}. Trying on", what, e.Message.Split('\n')[0]);
                }

                await Task.Delay(TimeSpan.FromSeconds(Math.Min(30, 0.5 * Math.Pow(2, failures))), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private static string StableHash(string text) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)))[..8];
}
