using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace ServerlessTuning.Trainer.Storage;

/// <summary>A storage account (or Azurite).</summary>
public sealed class AzureBlobs(BlobServiceClient service) : IBlobStore
{
    /// <summary>As headers write an ETag; listings leave the quotes out.</summary>
    private const string Quoted = "H";

    /// <summary>Few retries at once; long outages are <see cref="PatientBlobs"/>' business, which says what it waits for.</summary>
    public static BlobClientOptions Options() => new()
    {
        Retry = { MaxRetries = 2, Delay = TimeSpan.FromSeconds(0.5), MaxDelay = TimeSpan.FromSeconds(2), NetworkTimeout = TimeSpan.FromSeconds(60) },
    };

    public async Task<BlobDocument?> Read(string container, string name, CancellationToken cancellation)
    {
        try
        {
            var answer = await Blob(container, name).DownloadContentAsync(cancellation);
            return new(answer.Value.Content.ToMemory(), answer.Value.Details.ETag.ToString(Quoted));
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    public async Task<BlobFacts?> Find(string container, string name, CancellationToken cancellation)
    {
        try
        {
            var answer = await Blob(container, name).GetPropertiesAsync(cancellationToken: cancellation);
            var facts = answer.Value;
            return new(name, facts.ContentLength, facts.ETag.ToString(Quoted), facts.LastModified, answer.GetRawResponse().Headers.Date ?? facts.LastModified);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    public async Task<IReadOnlyList<BlobFacts>> List(string container, string prefix, CancellationToken cancellation)
    {
        var found = new List<BlobFacts>();
        try
        {
            await foreach (var page in service.GetBlobContainerClient(container).GetBlobsAsync(prefix: prefix, cancellationToken: cancellation).AsPages())
            {
                var asOf = page.GetRawResponse().Headers.Date ?? DateTimeOffset.MinValue;
                found.AddRange(page.Values.Select(item => new BlobFacts(
                    item.Name, item.Properties.ContentLength ?? 0, item.Properties.ETag?.ToString(Quoted) ?? "", item.Properties.LastModified ?? asOf, asOf)));
            }
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return []; // the container
        }

        return found;
    }

    public Task Write(string container, string name, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        Blob(container, name).UploadAsync(new BinaryData(content), overwrite: true, cancellation);

    public async Task<bool> TryReplace(string container, string name, ReadOnlyMemory<byte> content, string? expectedETag, CancellationToken cancellation)
    {
        var conditions = expectedETag is null ? new BlobRequestConditions { IfNoneMatch = ETag.All } : new BlobRequestConditions { IfMatch = new ETag(expectedETag) };
        try
        {
            await Blob(container, name).UploadAsync(new BinaryData(content), new BlobUploadOptions { Conditions = conditions }, cancellation);
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 404 or 409 or 412)
        {
            return false;
        }
    }

    /// <remarks>Large files go up in blocks that become the blob in one last commit.</remarks>
    public Task Upload(string container, string name, string file, CancellationToken cancellation) =>
        Blob(container, name).UploadAsync(file, overwrite: true, cancellation);

    public async Task Download(string container, string name, string file, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var partial = file + FolderBlobs.Partial;
        try
        {
            await Blob(container, name).DownloadToAsync(partial, cancellation);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            throw new FileNotFoundException($"There is no blob {name} in the container {container}.", name);
        }

        File.Move(partial, file, overwrite: true);
    }

    public Task Delete(string container, string name, CancellationToken cancellation) =>
        Blob(container, name).DeleteIfExistsAsync(cancellationToken: cancellation);

    private BlobClient Blob(string container, string name) => service.GetBlobContainerClient(container).GetBlobClient(name);
}
