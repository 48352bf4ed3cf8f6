using Azure;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Preparation;

namespace ServerlessTuning.Functions.Activities.Preparation;

/// <summary>Reads a blob under its frozen ETag and says in the dataset's words when the blob was changed between two reads.</summary>
internal sealed class FrozenFileStream(DatasetFile file, Stream blob) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => blob.Length;

    public override long Position { get => blob.Position; set => throw new NotSupportedException(); }

    /// <summary>Another ETag, or no blob any more.</summary>
    public static bool TellsOfChange(RequestFailedException error) => error.Status is 404 or 409 or 412;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await blob.ReadAsync(buffer, cancellationToken);
        }
        catch (RequestFailedException error) when (TellsOfChange(error))
        {
            throw new DatasetChangedException(file, error);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read this stream asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            blob.Dispose();
        }

        base.Dispose(disposing);
    }
}
