using System.Collections.Concurrent;
using System.Text;

namespace ServerlessTuning.Embedded.Tokenizers;

/// <summary>Remembers the tokens of short pieces: in running text nearly every piece has been seen before.</summary>
internal sealed class WordCache(ByteMerges merges)
{
    private const int LongestPiece = 32;
    private const int MostPieces = 1 << 17;

    private readonly ConcurrentDictionary<string, int[]> _pieces = new(StringComparer.Ordinal);
    private int _count;

    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (piece.Length > LongestPiece)
        {
            Merge(piece, ids);
            return;
        }
        var cache = _pieces.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!cache.TryGetValue(piece, out var known))
        {
            var before = ids.Count;
            Merge(piece, ids);
            Remember(piece, ids, before);
            return;
        }
        ids.AddRange(known.AsSpan());
    }

    private void Remember(ReadOnlySpan<char> piece, List<int> ids, int from)
    {
        if (_count < MostPieces && _pieces.TryAdd(piece.ToString(), [.. ids[from..]]))
        {
            Interlocked.Increment(ref _count);
        }
    }

    private void Merge(ReadOnlySpan<char> piece, List<int> ids)
    {
        Span<byte> small = stackalloc byte[3 * LongestPiece];
        if (piece.Length <= LongestPiece)
        {
            merges.Encode(small[..Encoding.UTF8.GetBytes(piece, small)], ids);
        }
        else
        {
            var bytes = new byte[Encoding.UTF8.GetByteCount(piece)];
            Encoding.UTF8.GetBytes(piece, bytes);
            merges.Encode(bytes, ids);
        }
    }
}
