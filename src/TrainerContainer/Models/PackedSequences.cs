using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models;

/// <summary>
/// Causal attention inside each of several sequences that stand one after the other: a token sees its own sequence up to itself, never a neighbour.
/// Sequences of like length are gathered into one batch (S, L); longer ones are computed in blocks of queries against the keys before them,
/// so that memory grows with L times the block, not with L².
/// </summary>
/// <remarks>A sequence shorter than L is filled up behind its end. Its fill is never seen (causal) and never read back.</remarks>
public sealed class PackedSequences : IAttention, IDisposable
{
    private const int QueryBlock = 128;
    private readonly List<Group> groups = [];
    private readonly Tensor? order;       // (N): where each token's row lies among the groups' rows; null when they lie in order
    private readonly Tensor causal;       // (block, L): 0 where a query may look, −∞ behind it

    /// <param name="lengths">Of the sequences, in order; their sum is N.</param>
    public PackedSequences(IReadOnlyList<int> lengths, ScalarType type, Device device)
    {
        var starts = new int[lengths.Count];
        for (var i = 1; i < lengths.Count; i++)
        {
            starts[i] = starts[i - 1] + lengths[i - 1];
        }

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

            groups.Add(new(members.Length, length, Index(members, starts, lengths, length, device)));
            rows += (long)members.Length * length;
        }

        order = groups is [{ Index: null }] ? null : tensor(places, dtype: ScalarType.Int64, device: device).DetachFromDisposeScope();
        causal = CausalMask(groups.Max(group => group.Length), type, device).DetachFromDisposeScope();
    }

    /// <param name="Index">(S·L): which token fills each place; null when the tokens stand that way already.</param>
    private sealed record Group(int Count, int Length, Tensor? Index);

    public Tensor Attend(int layer, Tensor q, Tensor k, Tensor v)
    {
        var outputs = new List<Tensor>(groups.Count);
        foreach (var group in groups)
        {
            outputs.Add(Attend(group, Gather(q, group), Gather(k, group), Gather(v, group)));
        }

        var all = outputs.Count == 1 ? outputs[0] : cat(outputs, 0);
        return order is null ? all : all.index_select(0, order);                  // (N, H·D)
    }

    /// <param name="q">(S, H, L, D).</param>
    /// <param name="k">(S, KV, L, D).</param>
    private Tensor Attend(Group group, Tensor q, Tensor k, Tensor v)
    {
        long s = group.Count, length = group.Length, heads = q.shape[1], shared = k.shape[1], d = q.shape[3];
        var perKey = heads / shared;
        q = q.reshape(s * shared, perKey * length, d);                            // query heads of one key head side by side
        (k, v) = (k.reshape(s * shared, length, d), v.reshape(s * shared, length, d));
        if (length <= QueryBlock)
        {
            return Join(Block(q.view(s * shared, perKey, length, d), k, v, 0));
        }

        var parts = new List<Tensor>();
        for (long begin = 0; begin < length; begin += QueryBlock)
        {
            var rows = Math.Min(QueryBlock, length - begin);
            var queries = q.view(s * shared, perKey, length, d).narrow(2, begin, rows);
            parts.Add(Block(queries, k.narrow(1, 0, begin + rows), v.narrow(1, 0, begin + rows), begin));
        }

        return Join(cat(parts, 2));

        Tensor Join(Tensor y) => y.view(s, heads, length, d).transpose(1, 2).reshape(s * length, heads * d);
    }

    /// <param name="q">(S·KV, H/KV, rows, D): queries at positions begin … begin + rows − 1.</param>
    /// <param name="k">(S·KV, begin + rows, D).</param>
    /// <returns>(S·KV, H/KV, rows, D).</returns>
    private Tensor Block(Tensor q, Tensor k, Tensor v, long begin)
    {
        long batch = q.shape[0], perKey = q.shape[1], rows = q.shape[2], d = q.shape[3], keys = k.shape[1];
        var scores = q.reshape(batch, perKey * rows, d).mul(1 / Math.Sqrt(d)).bmm(k.transpose(1, 2));     // (S·KV, H/KV·rows, keys)
        var mask = causal.narrow(0, 0, rows).narrow(1, causal.shape[1] - QueryWidth - begin, keys);       // (rows, keys)
        var weights = (scores.view(batch, perKey, rows, keys) + mask).softmax(-1);
        return weights.view(batch, perKey * rows, keys).bmm(v).view(batch, perKey, rows, d);
    }

    private long QueryWidth => causal.shape[0];

    /// <summary>
    /// One mask serves every block: row r holds zeros up to column W + r and −∞ after it, where W is the longest begin. The block that begins at b
    /// takes the columns from W − b on.
    /// </summary>
    private static Tensor CausalMask(int longest, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        var rows = Math.Min(QueryBlock, longest);
        var width = (longest + rows - 1) / rows * rows;
        var mask = full([rows, width], double.NegativeInfinity, dtype: ScalarType.Float32, device: device).triu(width - rows + 1);
        return mask.to(type).MoveToOuterDisposeScope();
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

    private static Tensor? Index(int[] members, int[] starts, IReadOnlyList<int> lengths, int length, Device device)
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
        groups.ForEach(group => group.Index?.Dispose());
        order?.Dispose();
        causal.Dispose();
    }
}
