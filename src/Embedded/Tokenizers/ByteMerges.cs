using System.Runtime.InteropServices;

namespace ServerlessTuning.Embedded.Tokenizers;

/// <summary>The merge table: again and again, of all neighbouring pairs the one with the lowest rank becomes one token, the leftmost first.</summary>
internal sealed class ByteMerges
{
    private const int None = int.MaxValue;
    private const int ShortPiece = 64;

    private readonly int[] _byteIds = new int[256];
    private readonly Dictionary<long, (int Rank, int Id)> _merges = [];

    public ByteMerges(IEnumerable<KeyValuePair<string, int>> vocabulary, IEnumerable<string> merges)
    {
        var ids = vocabulary.ToDictionary(StringComparer.Ordinal);
        foreach (var (letter, value) in ByteAlphabet.Letters)
        {
            _byteIds[value] = ids.TryGetValue(letter.ToString(), out var id) ? id : -1;
        }
        foreach (var merge in merges)
        {
            Add(merge, ids);
        }
    }

    private void Add(string merge, Dictionary<string, int> ids)
    {
        var space = merge.IndexOf(' ');
        if (space <= 0 || space == merge.Length - 1 || merge.IndexOf(' ', space + 1) >= 0)
        {
            throw new InvalidOperationException($"Merge {_merges.Count + 1} is '{merge}', expected two tokens with one space between them.");
        }
        var (left, right) = (merge[..space], merge[(space + 1)..]);
        _merges.TryAdd(Pair(Id(left), Id(right)), (_merges.Count, Id(left + right)));

        int Id(string token) => ids.TryGetValue(token, out var id)
            ? id
            : throw new InvalidOperationException($"Merge {_merges.Count + 1}, '{merge}', needs the token '{token}', which is not in the vocabulary.");
    }

    public void Encode(ReadOnlySpan<byte> piece, List<int> ids)
    {
        Span<int> tokens = piece.Length <= ShortPiece ? stackalloc int[ShortPiece] : new int[piece.Length];
        var count = 0;
        foreach (var value in piece)
        {
            if (_byteIds[value] >= 0)                                             // a byte outside the vocabulary has no token: it is left out
            {
                tokens[count++] = _byteIds[value];
            }
        }
        tokens = tokens[..count];
        ids.AddRange(count <= ShortPiece ? MergeShort(tokens) : MergeLong(tokens));
    }

    private Span<int> MergeShort(Span<int> tokens)
    {
        Span<int> ranks = stackalloc int[ShortPiece];                             // ranks[i]: of the pair (i, i + 1)
        for (var i = 0; i + 1 < tokens.Length; i++)
        {
            ranks[i] = Look(tokens[i], tokens[i + 1]).Rank;
        }
        while (tokens.Length > 1)
        {
            var pairs = ranks[..(tokens.Length - 1)];
            var best = 0;
            for (var i = 1; i < pairs.Length; i++)
            {
                best = pairs[i] < pairs[best] ? i : best;
            }
            if (pairs[best] == None)
            {
                break;
            }
            tokens[best] = Look(tokens[best], tokens[best + 1]).Id;
            tokens[(best + 2)..].CopyTo(tokens[(best + 1)..]);
            tokens = tokens[..^1];
            if (best + 1 < pairs.Length)
            {
                pairs[(best + 1)..].CopyTo(pairs[best..]);
            }
            if (best + 1 < tokens.Length)
            {
                ranks[best] = Look(tokens[best], tokens[best + 1]).Rank;
            }
            if (best > 0)
            {
                ranks[best - 1] = Look(tokens[best - 1], tokens[best]).Rank;
            }
        }
        return tokens;
    }

    // A piece of a megabyte without a space must not take a trillion steps: a linked list of tokens and a queue of pairs, n log n.
    private Span<int> MergeLong(Span<int> tokens)
    {
        var next = new int[tokens.Length];
        var previous = new int[tokens.Length];
        var queue = new PriorityQueue<(int At, int Left, int Right), (int Rank, int At)>(tokens.Length);
        for (var i = 0; i < tokens.Length; i++)
        {
            (previous[i], next[i]) = (i - 1, i + 1);
            if (i + 1 < tokens.Length)
            {
                Enqueue(tokens[i], tokens[i + 1], i);
            }
        }
        while (queue.TryDequeue(out var pair, out _))
        {
            var (left, right) = (pair.At, next[pair.At]);
            if (tokens[left] != pair.Left || right >= tokens.Length || tokens[right] != pair.Right)
            {
                continue;                                                         // one side has been merged away since
            }
            tokens[left] = Look(pair.Left, pair.Right).Id;
            tokens[right] = -1;
            next[left] = next[right];
            if (next[left] < tokens.Length)
            {
                previous[next[left]] = left;
                Enqueue(tokens[left], tokens[next[left]], left);
            }
            if (previous[left] >= 0)
            {
                Enqueue(tokens[previous[left]], tokens[left], previous[left]);
            }
        }
        var count = 0;
        for (var i = 0; i < tokens.Length; i = next[i])
        {
            tokens[count++] = tokens[i];
        }
        return tokens[..count];

        void Enqueue(int left, int right, int at)
        {
            if (Look(left, right).Rank is var rank && rank != None)
            {
                queue.Enqueue((at, left, right), (rank, at));
            }
        }
    }

    private (int Rank, int Id) Look(int left, int right)
    {
        ref var merge = ref CollectionsMarshal.GetValueRefOrNullRef(_merges, Pair(left, right));
        return System.Runtime.CompilerServices.Unsafe.IsNullRef(ref merge) ? (None, -1) : merge;
    }

    private static long Pair(int left, int right) => (long)left << 32 | (uint)right;
}
