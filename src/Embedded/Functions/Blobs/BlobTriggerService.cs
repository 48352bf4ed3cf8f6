using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Embedded.Functions.Discovery;
using ServerlessTuning.Embedded.Functions.Hosting;
using ServerlessTuning.Embedded.Functions.Invocation;

namespace ServerlessTuning.Embedded.Functions.Blobs;

/// <summary>
/// Blob triggers as Azure's storage extension does them: list the containers, announce each new version once (receipts), run functions from a queue,
/// try a blob so many times, then leave its message in the queue <c>webjobs-blobtrigger-poison</c>. Delivery is at least once.
/// </summary>
internal sealed class BlobTriggerService(
    FunctionCatalog catalog, HostSettings settings, IConfiguration configuration, Invoker invoker, ILogger<BlobTriggerService> log) : BackgroundService
{
    private readonly StoragePatience patience = new(log);
    private List<IGrouping<string, BlobTrigger>> accounts = [];

    /// <exception cref="InvalidOperationException">A path or a connection is wrong: the host does not start.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        accounts = [.. catalog.With<BlobTriggerAttribute>()
            .Where(item => item.Trigger.Source == BlobTriggerSource.LogsAndContainerScan) // nobody sends events here
            .GroupBy(item => Connection(item.Trigger.Connection), item => BlobTrigger.Of(item.Function, item.Trigger))];
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(accounts.Select(account => Watch(account.Key, [.. account], stoppingToken)));

    private string Connection(string? name)
    {
        name ??= "AzureWebJobsStorage";
        return configuration[name] ?? configuration[$"AzureWebJobs{name}"]
            ?? throw new InvalidOperationException($"Setting {name}: found nothing, expected the storage account that the blob triggers watch (a connection string). Set it in local.settings.json or the environment.");
    }

    private async Task Watch(string connection, IReadOnlyList<BlobTrigger> triggers, CancellationToken stop)
    {
        var hostId = HostId();
        var (blobs, queueOptions) = (new BlobServiceClient(connection), new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
        var queue = new QueueClient(connection, $"azure-webjobs-blobtrigger-{hostId}"[..Math.Min(63, 26 + hostId.Length)], queueOptions);
        var receipts = new BlobReceipts(blobs, hostId);
        await patience.Until("preparing the trigger's queue", async () =>
        {
            await queue.CreateIfNotExistsAsync(cancellationToken: stop);
            await receipts.CreateContainerAsync(stop);
        }, stop, evenRefused: true);

        using var announced = new SemaphoreSlim(0);
        var handler = new BlobHandler(blobs, new QueueClient(connection, "webjobs-blobtrigger-poison", queueOptions), triggers, settings, invoker, patience, log);
        var listener = new BlobQueueListener(queue, announced, handler, settings, patience, log);
        var scans = triggers.Select(trigger => new BlobAnnouncer(blobs, queue, announced, receipts, trigger, patience, log).RunAsync(stop));
        await Task.WhenAll([.. scans, listener.RunAsync(stop)]);
    }

    /// <summary>Setting AzureFunctionsWebHost__hostid, as on Azure; else one that stays the same for this app on this machine.</summary>
    private string HostId() => configuration["AzureFunctionsWebHost:hostid"] ?? $"{AppDomain.CurrentDomain.FriendlyName}-{StableHash(Environment.MachineName)}".ToLowerInvariant().Replace('.', '-');

    private static string StableHash(string text) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)))[..8];
}
