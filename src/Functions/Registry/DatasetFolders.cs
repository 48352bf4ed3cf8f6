using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Registry;

/// <summary>The drop zone, <c>datasets/{dataset}/</c>; read, never written.</summary>
public sealed class DatasetFolders(BlobServiceClient blobs, TimeProvider time)
{
    /// <summary>A request in the dataset's folder.</summary>
    public const string RequestFile = "tuning.json";

    private readonly BlobContainerClient container = blobs.GetBlobContainerClient(BlobPaths.Datasets);

    /// <summary>The files directly in the folder, by name; subfolders do not count.</summary>
    public async Task<DatasetFolder> ListAsync(string dataset, CancellationToken cancellation)
    {
        List<BlobItem> files = [];
        var now = time.GetUtcNow();
        try
        {
            await foreach (var page in container.GetBlobsByHierarchyAsync(delimiter: "/", prefix: $"{dataset}/", cancellationToken: cancellation).AsPages())
            {
                files.AddRange(page.Values.Where(item => item.IsBlob).Select(item => item.Blob));
                now = page.GetRawResponse().Headers.Date ?? now; // the storage's own clock, as are the blobs' dates
            }
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // No container yet: no folder in it either.
        }

        return new(dataset, files, files.Count == 0 ? null : now - files.Max(file => file.Properties.LastModified));
    }

    /// <returns>Null when there is none.</returns>
    public async Task<byte[]?> ReadRequestAsync(string dataset, CancellationToken cancellation)
    {
        try
        {
            return (await container.GetBlobClient($"{dataset}/{RequestFile}").DownloadContentAsync(cancellation)).Value.Content.ToArray();
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    /// <summary>What a file's name says it is for; null when it is none of ours, such as a readme.</summary>
    public static DatasetSplit? SplitOf(string fileName) => fileName.Split('.') is [var stem, .., _] ? stem switch
    {
        "train" => DatasetSplit.Train,
        "valid" => DatasetSplit.Validation,
        "test" => DatasetSplit.Test,
        _ => null,
    } : null;
}

/// <param name="Unchanged">Time since the newest file came; null when the folder is empty.</param>
public sealed record DatasetFolder(string Dataset, IReadOnlyList<BlobItem> Blobs, TimeSpan? Unchanged)
{
    /// <summary>The data files as they are now.</summary>
    public IReadOnlyList<DatasetFile> Files =>
    [
        .. from blob in Blobs
           let split = DatasetFolders.SplitOf(blob.Name[(Dataset.Length + 1)..])
           where split is not null
           orderby blob.Name
           select new DatasetFile(blob.Name, blob.Properties.ETag!.Value.ToString(), blob.Properties.ContentLength ?? 0, split.Value),
    ];
}
