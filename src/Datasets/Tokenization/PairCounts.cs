namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>How often each pair of neighbouring tokens occurs, in which words, and which is the most frequent.</summary>
internal sealed class PairCounts
{
    private readonly Dictionary<(int Left, int Right), Entry> _pairs = [];
    private readonly HashSet<(int Left, int Right)> _changed = [];
    private readonly PriorityQueue<(int Left, int Right, long Count), (long Count, int Left, int Right)> _queue = new();

    /// <param name="word">Where the pair occurs; when counts fall the word stays listed, which costs a look and harms nothing.</param>
    public void Change(int left, int right, long difference, int word)
    {
        var pair = (left, right);
        if (!_pairs.TryGetValue(pair, out var entry))
        {
            _pairs[pair] = entry = new Entry();
        }
        entry.Count += difference;
        if (difference > 0)
        {
            entry.Words.Add(word);
        }
        _changed.Add(pair);
    }

    /// <summary>Call after a round of changes: the queue learns the new counts.</summary>
    public void Flush()
    {
        foreach (var (left, right) in _changed)
        {
            if (_pairs[(left, right)].Count is var count and > 1)
            {
                _queue.Enqueue((left, right, count), (-count, left, right));
            }
        }
        _changed.Clear();
    }

    /// <summary>Null when no pair occurs twice.</summary>
    public (int Left, int Right, IReadOnlyList<int> Words)? TakeMostFrequent()
    {
        Flush();
        while (_queue.TryDequeue(out var pair, out _))
        {
            if (_pairs.TryGetValue((pair.Left, pair.Right), out var entry) && entry.Count == pair.Count)
            {
                _pairs.Remove((pair.Left, pair.Right));
                return (pair.Left, pair.Right, [.. entry.Words.Order()]);
            }
        }
        return null;
    }

    private sealed class Entry
    {
        public long Count { get; set; }

        public HashSet<int> Words { get; } = [];
    }
}
