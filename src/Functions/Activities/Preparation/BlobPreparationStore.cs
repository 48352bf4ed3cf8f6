using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Preparation;

namespace ServerlessTuning.Functions.Activities.Preparation;

/// <summary>Preparation over blobs: reads ranges of the files that the run froze, writes below <c>runs/{run}/dataset/</c>.</summary>
public sealed class BlobPreparationStore(BlobServiceClient blobs, string run, string baseModel) : IPreparationStore
{
    private const int BufferBytes = 1 << 20;

    private readonly BlobContainerClient runs = blobs.GetBlobContainerClient(BlobPaths.Runs);

    public async Task<Stream> OpenSourceAsync(DatasetFile file, long offset, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(file);
        var blob = blobs.GetBlobContainerClient(BlobPaths.Datasets).GetBlobClient(file.Name);
        try
        {
            return new FrozenFileStream(file, await blob.OpenReadAsync(new BlobOpenReadOptions(allowModifications: false)
            {
                Position = offset,
                BufferSize = BufferBytes,
                Conditions = new BlobRequestConditions { IfMatch = new ETag(file.ETag) },
            }, cancellation));
        }
        catch (RequestFailedException error) when (FrozenFileStream.TellsOfChange(error))
        {
            throw new DatasetChangedException(file, error);
        }
    }

    public async Task<Stream?> OpenAsync(string path, long offset, CancellationToken cancellation)
    {
        try
        {
            return await Blob(path).OpenReadAsync(new BlobOpenReadOptions(allowModifications: false) { Position = offset, BufferSize = BufferBytes }, cancellation);
        }
        catch (RequestFailedException error) when (error.Status == 404)
        {
            return null;
        }
    }

    public async Task<Stream> CreateAsync(string path, CancellationToken cancellation) =>
        await Blob(path).OpenWriteAsync(overwrite: true, new BlockBlobOpenWriteOptions { BufferSize = BufferBytes }, cancellation);

    public async Task DeleteFolderAsync(string folder, CancellationToken cancellation)
    {
        await foreach (var blob in runs.GetBlobsAsync(prefix: BlobPaths.Dataset(run) + folder, cancellationToken: cancellation))
        {
            await runs.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: cancellation);
        }
    }

    public async Task<string?> ReadBaseAsync(string name, CancellationToken cancellation)
    {
        try
        {
            var blob = blobs.GetBlobContainerClient(BlobPaths.Models).GetBlobClient(BlobPaths.Base(baseModel) + name);
            return (await blob.DownloadContentAsync(cancellation)).Value.Content.ToString();
        }
        catch (RequestFailedException error) when (error.Status == 404)
        {
            return null;
        }
    }

    private BlockBlobClient Blob(string path) => runs.GetBlockBlobClient(BlobPaths.Dataset(run) + path);
}
