using Azure;
using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Orchestrators;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Triggers;

/// <summary>
/// A file arrived in the drop zone. A training file and a request start a run, whose id follows from the file and its ETag, so that a second delivery is the
/// same run; whatever else lies there is read when a run freezes the folder. docs/decisions/002-runs-and-their-ids.md.
/// Two functions over one body, because where the news comes from is an attribute: scanning (local) or Event Grid (Flex Consumption knows nothing else). The
/// setting <c>AzureWebJobs.DatasetDropped.Disabled</c> switches off the one not wanted.
/// </summary>
public sealed class DatasetDropped(Archive archive, ILogger<DatasetDropped> logger)
{
    [Function(nameof(DatasetDropped))]
    public Task Run(
        [BlobTrigger(BlobPaths.Datasets + "/{dataset}/{name}")] BlobClient blob, string dataset, string name,
        [DurableClient] DurableTaskClient client, CancellationToken cancellation) => StartAsync(blob, dataset, name, client, cancellation);

    [Function("DatasetDroppedEvent")]
    public Task RunEvent(
        [BlobTrigger(BlobPaths.Datasets + "/{dataset}/{name}", Source = BlobTriggerSource.EventGrid)] BlobClient blob, string dataset, string name,
        [DurableClient] DurableTaskClient client, CancellationToken cancellation) => StartAsync(blob, dataset, name, client, cancellation);

    private async Task StartAsync(BlobClient blob, string dataset, string name, DurableTaskClient client, CancellationToken cancellation)
    {
        if (name != DatasetFolders.RequestFile && DatasetFolders.SplitOf(name) != DatasetSplit.Train)
        {
            return;
        }

        if (await ETagAsync(blob, cancellation) is not { } etag)
        {
            return; // deleted again
        }

        var run = RunIds.OfDrop(dataset, blob.Name, etag);
        if (await client.StartOnceAsync(archive, run, new TuneInput(dataset), cancellation))
        {
            logger.LogInformation("{Blob} arrived: run {Run} starts", blob.Name, run);
        }
    }

    private static async Task<string?> ETagAsync(BlobClient blob, CancellationToken cancellation)
    {
        try
        {
            return (await blob.GetPropertiesAsync(cancellationToken: cancellation)).Value.ETag.ToString();
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }
}
