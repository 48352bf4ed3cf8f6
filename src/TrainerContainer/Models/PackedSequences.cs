using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models;

/// <summary>
/// Attention inside each of several sequences that stand one after the other: a token sees its own sequence, up to itself when causal, never a neighbour.
/// Sequences of like length are gathered into one batch (S, L); longer ones are computed in blocks of queries against the keys that they may see,
/// so that memory grows with L times the block (times the window, where there is one), not with L².
/// </summary>
/// <remarks>A sequence shorter than L is filled up behind its end. Its fill is never seen and never read back.</remarks>
public sealed class PackedSequences : IAttention, IDisposable
{
    private const int QueryBlock = 128;
    private readonly List<Group> groups = [];
    private readonly Tensor? order;       // (N): where each token's row lies among the groups' rows; null when they lie in order
    private readonly Dictionary<int, Tensor> masks = [];
    private readonly ScalarType type;
    private readonly Device device;

    /// <param name="lengths">Of the sequences, in order; their sum is N.</param>
    /// <param name="causal">False: a token sees its whole sequence.</param>
    public PackedSequences(IReadOnlyList<int> lengths, ScalarType type, Device device, bool causal = true)
    {
        (Lengths, this.type, this.device, IsCausal) = (lengths, type, device, causal);
        var starts = Starts(lengths);
        var places = new long[lengths.Sum()];
        var rows = 0L;
        foreach (var bucket in Enumerable.Range(0, lengths.Count).GroupBy(i => Bucket(lengths[i])).OrderBy(bucket => bucket.Key))
        {
            int[] members = [.. bucket];
            var length = members.Max(i => lengths[i]);
            for (var s = 0; s < members.Length; s++)
            {
                for (var t = 0; t < lengths[members[s]]; t++)
                {
                    places[starts[members[s]] + t] = rows + (long)s * length + t;
                }
            }

            var fill = causal || members.All(i => lengths[i] == length) ? null : Padding.Fill([.. members.Select(i => lengths[i])], type, device);
            groups.Add(new(members.Length, length, Index(members, starts, lengths, length), fill));
            rows += (long)members.Length * length;
        }

        order = groups is [{ Index: null }] ? null : tensor(places, dtype: ScalarType.Int64, device: device).DetachFromDisposeScope();
    }

    public bool IsCausal { get; }

    public IReadOnlyList<int> Lengths { get; }

    public int Longest => Lengths.Max();

    /// <param name="Index">(S·L): which token fills each place; null when the tokens stand that way already.</param>
    /// <param name="Fill">(S, 1, 1, L): −∞ behind each sequence's end; null when nothing there could be seen.</param>
    private sealed record Group(int Count, int Length, Tensor? Index, Tensor? Fill);

    public Tensor Attend(AttentionRule rule, Tensor q, Tensor k, Tensor v, Tensor? bias = null)
    {
        var outputs = new List<Tensor>(groups.Count);
        foreach (var group in groups)
        {
            outputs.Add(Attend(rule, group, Gather(q, group), Gather(k, group), Gather(v, group), bias));
        }

        var all = outputs.Count == 1 ? outputs[0] : cat(outputs, 0);
        return order is null ? all : all.index_select(0, order);                  // (N, H·D)
    }

    /// <param name="q">(S, H, L, D).</param>
    /// <param name="k">(S, KV, L, D).</param>
    private Tensor Attend(AttentionRule rule, Group group, Tensor q, Tensor k, Tensor v, Tensor? bias)
    {
        long s = group.Count, length = group.Length, heads = q.shape[1], shared = k.shape[1], d = q.shape[3];
        var perKey = heads / shared;
        q = q.reshape(s * shared, perKey * length, d).view(s * shared, perKey, length, d);  // query heads of one key head side by side
        (k, v) = (k.reshape(s * shared, length, d), v.reshape(s * shared, length, d));
        var block = length <= QueryBlock || !IsCausal ? length : QueryBlock;
        var parts = new List<Tensor>();
        for (long begin = 0; begin < length; begin += block)
        {
            var rows = Math.Min(block, length - begin);
            var (first, last) = IsCausal ? (Math.Max(0, begin - ((long?)rule.Window ?? length) + 1), begin + rows) : (0, length);
            var queries = parts.Count == 0 && rows == length ? q : q.narrow(2, begin, rows);
            var weights = Weights(rule, group, queries, k.narrow(1, first, last - first), begin, first, bias);
            parts.Add(weights.bmm(v.narrow(1, first, last - first)).view(s * shared, perKey, rows, d));
        }

        return (parts.Count == 1 ? parts[0] : cat(parts, 2)).view(s, heads, length, d).transpose(1, 2).reshape(s * length, heads * d);
    }

    /// <param name="q">(S·KV, H/KV, rows, D): queries at positions begin … begin + rows − 1.</param>
    /// <param name="k">(S·KV, keys, D): keys at positions first … first + keys − 1.</param>
    /// <returns>(S·KV, H/KV·rows, keys).</returns>
    private Tensor Weights(AttentionRule rule, Group group, Tensor q, Tensor k, long begin, long first, Tensor? bias)
    {
        long batch = q.shape[0], perKey = q.shape[1], rows = q.shape[2], d = q.shape[3], keys = k.shape[1];
        var scores = rule.Scores(q.reshape(batch, perKey * rows, d), k).view(group.Count, -1, rows, keys);             // (S, H, rows, keys)
        if (bias is not null)
        {
            scores = scores + bias.narrow(1, begin, rows).narrow(2, first, keys).to(scores.dtype);
        }

        scores = IsCausal ? scores + Mask(rule.Window, rows, keys, begin - first) : group.Fill is { } fill ? scores + fill : scores;
        return scores.softmax(-1).view(batch, perKey * rows, keys);
    }

    /// <summary>
    /// 0 where a query may look, −∞ elsewhere. One matrix a window serves every block: row r is the query at place <c>zero + r</c>, so the block that begins
    /// so many keys behind its first one takes the columns from <c>zero − ahead</c> on.
    /// </summary>
    /// <param name="ahead">Keys before the block's first query.</param>
    /// <returns>(rows, keys).</returns>
    private Tensor Mask(int? window, long rows, long keys, long ahead)
    {
        var zero = Longest;
        if (!masks.TryGetValue(window ?? 0, out var mask))
        {
            using var scope = NewDisposeScope();
            var height = Math.Min(QueryBlock, Longest);
            var all = full([height, zero + height], double.NegativeInfinity, dtype: ScalarType.Float32, device: device);
            mask = all.triu(zero + 1);
            mask = (window is { } w ? mask + all.tril(zero - w) : mask).to(type).DetachFromDisposeScope();
            masks.Add(window ?? 0, mask);
        }

        return mask.narrow(0, 0, rows).narrow(1, zero - ahead, keys);
    }

    /// <returns>(S, heads, L, D).</returns>
    private static Tensor Gather(Tensor x, Group group)
    {
        var rows = group.Index is null ? x : x.index_select(0, group.Index);      // (S·L, heads, D)
        return rows.view(group.Count, group.Length, x.shape[1], x.shape[2]).transpose(1, 2);
    }

    /// <summary>Steps of a fifth or so: at most that much of a batch is fill.</summary>
    private static int Bucket(int length)
    {
        var bucket = 16;
        while (bucket < length)
        {
            bucket = Math.Max(bucket + 8, bucket * 6 / 5 / 8 * 8);
        }

        return bucket;
    }

    /// <summary>Where each sequence's first token stands.</summary>
    public static int[] Starts(IReadOnlyList<int> lengths)
    {
        var starts = new int[lengths.Count];
        for (var i = 1; i < lengths.Count; i++)
        {
            starts[i] = starts[i - 1] + lengths[i - 1];
        }

        return starts;
    }

    private Tensor? Index(int[] members, int[] starts, IReadOnlyList<int> lengths, int length)
    {
        if (members.Length == lengths.Count && members.All(i => lengths[i] == length))
        {
            return null;
        }

        var index = new long[members.Length * length];
        for (var s = 0; s < members.Length; s++)
        {
            for (var t = 0; t < length; t++)
            {
                index[s * length + t] = starts[members[s]] + Math.Min(t, lengths[members[s]] - 1);
            }
        }

        return tensor(index, dtype: ScalarType.Int64, device: device).DetachFromDisposeScope();
    }

    public void Dispose()
    {
        foreach (var group in groups)
        {
            group.Index?.Dispose();
            group.Fill?.Dispose();
        }

        foreach (var mask in masks.Values)
        {
            mask.Dispose();
        }

        order?.Dispose();
    }
}
