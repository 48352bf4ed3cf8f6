using Azure;
using Azure.Storage.Blobs;

namespace ServerlessTuning.Embedded.Functions.Blobs;

/// <summary>Lists a trigger's container and hands on each version that has not been seen.</summary>
internal sealed class BlobScanner(BlobServiceClient storage, BlobPathPattern pattern)
{
    private readonly Dictionary<string, ETag> seen = new(StringComparer.Ordinal);

    /// <param name="found">Called with name, type and ETag; a version counts as seen when it returns.</param>
    /// <returns>How many new versions there were. A container that does not exist has none.</returns>
    public async Task<int> ScanAsync(Func<string, string, string, Task> found, CancellationToken stop)
    {
        var count = 0;
        try
        {
            await foreach (var blob in storage.GetBlobContainerClient(pattern.Container).GetBlobsAsync(prefix: pattern.Prefix, cancellationToken: stop))
            {
                if (blob.Properties.ETag is not { } etag || (seen.TryGetValue(blob.Name, out var known) && known == etag) || pattern.Match(blob.Name) is null)
                {
                    continue;
                }

                await found(blob.Name, $"{blob.Properties.BlobType}Blob", etag.ToString().Trim('"'));
                seen[blob.Name] = etag;
                count++;
            }
        }
        catch (RequestFailedException e) when (e.ErrorCode == "ContainerNotFound")
        {
            seen.Clear();
        }

        return count;
    }
}
