using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace ServerlessTuning.Embedded.Functions.Blobs;

/// <summary>
/// One empty blob a function and blob version, <c>blobreceipts/{host}/{function}/{etag}/{container}/{blob}</c>, in the container azure-webjobs-hosts: which versions have been announced.
/// Complete once the message is in the queue, not once the function succeeded; deleting it makes the blob be handled again.
/// </summary>
internal sealed class BlobReceipts(BlobServiceClient storage, string hostId)
{
    private const string Incomplete = "Incomplete";
    private readonly BlobContainerClient container = storage.GetBlobContainerClient("azure-webjobs-hosts");

    public Task CreateContainerAsync(CancellationToken stop) => container.CreateIfNotExistsAsync(cancellationToken: stop);

    /// <summary>Announces a version once, however many look at it: <paramref name="enqueue"/> runs between an incomplete and a complete receipt.</summary>
    /// <remarks>A death in between leaves the receipt incomplete, so the version is announced again: at least once.</remarks>
    public async Task OnceAsync(string function, string etag, string containerName, string blob, Func<Task> enqueue, CancellationToken stop)
    {
        var receipt = container.GetBlobClient($"blobreceipts/{hostId}/{function}/{etag}/{containerName}/{blob}");
        if (await IsComplete(receipt, stop))
        {
            return;
        }

        await enqueue();
        await receipt.SetMetadataAsync(new Dictionary<string, string>(), cancellationToken: stop);
    }

    private static async Task<bool> IsComplete(BlobClient receipt, CancellationToken stop)
    {
        try
        {
            await receipt.UploadAsync(BinaryData.Empty, new BlobUploadOptions
            {
                Metadata = new Dictionary<string, string> { [Incomplete] = "true" },
                Conditions = new() { IfNoneMatch = ETag.All },
            }, stop);
            return false;
        }
        catch (RequestFailedException e) when (e.Status == 409)
        {
            return !(await receipt.GetPropertiesAsync(cancellationToken: stop)).Value.Metadata.ContainsKey(Incomplete);
        }
    }
}
