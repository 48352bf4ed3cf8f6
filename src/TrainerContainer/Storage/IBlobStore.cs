namespace ServerlessTuning.Trainer.Storage;

/// <summary>
/// Blobs by container and name, with the conditions that fencing needs. <see cref="AzureBlobs"/> is the product's storage,
/// <see cref="FolderBlobs"/> a folder for work by hand and for tests. A missing blob is null, never an exception.
/// </summary>
public interface IBlobStore
{
    /// <summary>A small document with the ETag it had; null when there is none.</summary>
    Task<BlobDocument?> Read(string container, string name, CancellationToken cancellation);

    /// <summary>What is known of a blob; null when there is none.</summary>
    Task<BlobFacts?> Find(string container, string name, CancellationToken cancellation);

    /// <summary>All blobs whose name begins with <paramref name="prefix"/>, in ordinal order.</summary>
    Task<IReadOnlyList<BlobFacts>> List(string container, string prefix, CancellationToken cancellation);

    /// <summary>Writes a small document, whatever was there.</summary>
    Task Write(string container, string name, ReadOnlyMemory<byte> content, CancellationToken cancellation);

    /// <summary>Writes a small document if the blob still has this ETag, or does not exist when it is null. False when it was changed meanwhile.</summary>
    Task<bool> TryReplace(string container, string name, ReadOnlyMemory<byte> content, string? expectedETag, CancellationToken cancellation);

    /// <summary>Writes a file; readers see the old blob or the whole new one.</summary>
    Task Upload(string container, string name, string file, CancellationToken cancellation);

    /// <summary>Reads a blob into a file that appears under its name only when it is whole.</summary>
    /// <exception cref="FileNotFoundException">There is no such blob.</exception>
    Task Download(string container, string name, string file, CancellationToken cancellation);

    /// <summary>Does nothing when there is no such blob.</summary>
    Task Delete(string container, string name, CancellationToken cancellation);
}

/// <summary>A small blob, read whole.</summary>
public sealed record BlobDocument(ReadOnlyMemory<byte> Content, string ETag);

/// <param name="LastModified">By the storage's clock.</param>
/// <param name="AsOf">The storage's clock when it answered; its difference from <see cref="LastModified"/> is an age that no clock skew can falsify.</param>
public sealed record BlobFacts(string Name, long Bytes, string ETag, DateTimeOffset LastModified, DateTimeOffset AsOf);
