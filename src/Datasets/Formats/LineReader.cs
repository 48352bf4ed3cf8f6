using System.Buffers;

namespace ServerlessTuning.Datasets.Formats;

/// <summary>
/// The lines that begin in a byte range of a file, one at a time, in a buffer that is used again: a chunk owns the lines that begin in its
/// range, so chunks of any size give the same lines. LF or CRLF; a byte order mark at the start of the file is skipped.
/// </summary>
public sealed class LineReader : IDisposable
{
    /// <summary>A longer line is no example; only its beginning is kept.</summary>
    public const int LongestLine = 16 << 20;

    private readonly Stream stream;
    private readonly long end;
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(256 << 10);
    private int position;       // of the next line in the buffer
    private int filled;
    private long offset;        // of buffer[0] in the file
    private bool started;
    private (int Start, int Length) line;

    /// <param name="stream">Positioned at <see cref="ReadFrom"/>(<paramref name="begin"/>); may go on behind the end of the range.</param>
    /// <param name="begin">First byte of the range in the file.</param>
    /// <param name="end">Behind the last byte of the range.</param>
    public LineReader(Stream stream, long begin, long end)
    {
        this.stream = stream;
        this.end = end;
        offset = ReadFrom(begin);
        started = begin == 0;
    }

    /// <summary>Where to start reading for a range that begins there: one byte before, to see whether that ends a line.</summary>
    public static long ReadFrom(long begin) => Math.Max(0, begin - 1);

    /// <summary>Lines read so far, the current one included; so the current line's number in this range.</summary>
    public long Number { get; private set; }

    /// <summary>Where the current line begins in the file.</summary>
    public long Offset { get; private set; }

    /// <summary>The current line is longer than <see cref="LongestLine"/>; <see cref="Line"/> is its beginning.</summary>
    public bool TooLong { get; private set; }

    /// <summary>The current line without its line end; valid until the next call.</summary>
    public ReadOnlySpan<byte> Line => buffer.AsSpan(line.Start, line.Length);

    /// <inheritdoc cref="Line"/>
    public ReadOnlyMemory<byte> Memory => buffer.AsMemory(line.Start, line.Length);

    /// <returns>False behind the last line of the range.</returns>
    public async ValueTask<bool> NextAsync(CancellationToken cancellation)
    {
        if (!started)
        {
            started = true;
            await SkipLineAsync(cancellation);
        }

        if (offset + position >= end)
        {
            return false;
        }

        Offset = offset + position;
        var length = await FindLineEndAsync(cancellation);
        if (length < 0)
        {
            return false;
        }

        Number++;
        var skipped = Offset == 0 && buffer.AsSpan(line.Start, length).StartsWith("\uFEFF"u8) ? 3 : 0;
        var carriageReturn = length > skipped && buffer[line.Start + length - 1] == '\r' ? 1 : 0;
        line = (line.Start + skipped, length - skipped - carriageReturn);
        return true;
    }

    public void Dispose()
    {
        stream.Dispose();
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    /// <summary>Moves behind the line that starts at <see cref="position"/> and leaves its start in <see cref="line"/>.</summary>
    /// <returns>Length without the LF; -1 at the end of the file.</returns>
    private async ValueTask<int> FindLineEndAsync(CancellationToken cancellation)
    {
        var searched = 0;                                     // bytes behind position known to hold no line end
        while (true)
        {
            var found = buffer.AsSpan(position + searched, filled - position - searched).IndexOf((byte)'\n');
            if (found >= 0)
            {
                return Take(searched + found, 1);
            }

            searched = filled - position;
            if (searched > LongestLine)
            {
                TooLong = true;
                line = (position, LongestLine);
                await DropRestOfLineAsync(cancellation);
                return LongestLine;
            }

            if (!await FillAsync(cancellation))
            {
                return searched == 0 ? -1 : Take(searched, 0);
            }
        }
    }

    private int Take(int length, int lineEnd)
    {
        TooLong = length > LongestLine;
        line = (position, Math.Min(length, LongestLine));
        position += length + lineEnd;
        return line.Length;
    }

    private async ValueTask SkipLineAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var found = buffer.AsSpan(position, filled - position).IndexOf((byte)'\n');
            position = found >= 0 ? position + found + 1 : filled;
            if (found >= 0 || !await FillAsync(cancellation))
            {
                return;
            }
        }
    }

    /// <summary>Reads on behind the kept beginning of a line that is too long, without growing the buffer.</summary>
    private async ValueTask DropRestOfLineAsync(CancellationToken cancellation)
    {
        var kept = position + LongestLine;
        while (true)
        {
            var found = buffer.AsSpan(kept, filled - kept).IndexOf((byte)'\n');
            if (found >= 0)
            {
                position = kept + found + 1;
                return;
            }

            offset += filled - kept;
            filled = kept;
            var read = await stream.ReadAsync(buffer.AsMemory(filled), cancellation);
            if (read == 0)
            {
                position = filled;
                return;
            }

            filled += read;
        }
    }

    /// <summary>Reads more behind what is there; moves what is left to the front, and grows when a line fills all of it.</summary>
    private async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        if (position > 0)
        {
            buffer.AsSpan(position, filled - position).CopyTo(buffer);
            offset += position;
            filled -= position;
            position = 0;
        }

        if (filled == buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(2 * buffer.Length);
            buffer.AsSpan(0, filled).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }

        var read = await stream.ReadAsync(buffer.AsMemory(filled), cancellation);
        filled += read;
        return read > 0;
    }
}
