using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Generation;

/// <summary>
/// Attention while answers grow: keys and values of all earlier tokens are kept, so each new token costs one row. B sequences of different lengths
/// share one cache; what lies behind a sequence's end, or before its window, is masked.
/// </summary>
/// <remarks>The first forward reads the prompts; before each later one, of one token a sequence, comes <see cref="Next"/>.</remarks>
public sealed class KeyValueCache : IAttention, IDisposable
{
    private readonly Tensor[] keys, values;             // a layer each: (B·KV·T, D)
    private readonly long sequences, shared, capacity;
    private readonly ScalarType compute;
    private readonly Device device;
    private readonly PackedSequences prompts;
    private Tensor rows;                                // (N·KV): where the current tokens' keys go
    private readonly Dictionary<int, Tensor> masks = []; // a window each, 0 for none: (B, 1, T'), −∞ where the next token may not look; empty while the prompts are read
    private IReadOnlyList<int> ends;                    // (B): tokens of each sequence before the next one
    private long visible;                               // T', the longest sequence

    /// <param name="lengths">Tokens of the B prompts.</param>
    /// <param name="capacity">T, longest prompt and answer together.</param>
    public KeyValueCache(ModelConfig config, int layers, IReadOnlyList<int> lengths, int capacity, ScalarType compute, Device device)
    {
        (sequences, shared, this.capacity, this.compute, this.device) = (lengths.Count, config.NumKeyValueHeads, capacity, compute, device);
        keys = [.. Enumerable.Range(0, layers).Select(_ => Empty())];
        values = [.. Enumerable.Range(0, layers).Select(_ => Empty())];
        prompts = new(lengths, compute, device);
        ends = lengths;
        rows = Rows(lengths.SelectMany((length, b) => Enumerable.Range(0, length).Select(t => (b, t))));

        Tensor Empty() => zeros([sequences * shared * capacity, config.HeadDim], dtype: compute, device: device).DetachFromDisposeScope();
    }

    public int Longest => (int)Math.Max(visible, prompts.Longest);

    /// <param name="newEnds">Tokens of each sequence before the next one.</param>
    public void Next(IReadOnlyList<int> newEnds)
    {
        Forget();
        rows.Dispose();
        ends = newEnds;
        rows = Rows(ends.Select((end, b) => (b, end)));
        visible = ends.Max() + 1;
    }

    public Tensor Attend(AttentionRule rule, Tensor q, Tensor k, Tensor v, Tensor? bias = null)
    {
        keys[rule.Layer].index_copy_(0, rows, k.reshape(-1, k.shape[2]));
        values[rule.Layer].index_copy_(0, rows, v.reshape(-1, v.shape[2]));
        return visible == 0 ? prompts.Attend(rule, q, k, v, bias) : AttendAll(rule, q, bias);
    }

    /// <param name="q">(B, H, D): one token a sequence.</param>
    /// <returns>(B, H·D).</returns>
    private Tensor AttendAll(AttentionRule rule, Tensor q, Tensor? bias)
    {
        long heads = q.shape[1], d = q.shape[2], perKey = heads / shared;
        var k = keys[rule.Layer].view(sequences * shared, capacity, d).narrow(1, 0, visible);            // (B·KV, T', D)
        var v = values[rule.Layer].view(sequences * shared, capacity, d).narrow(1, 0, visible);
        var scores = rule.Scores(q.reshape(sequences * shared, perKey, d), k).view(sequences, heads, visible); // (B, H, T')
        if (bias is not null)
        {
            using var own = ends.ToTensor(device);
            scores = scores + bias.index_select(1, own).transpose(0, 1).narrow(2, 0, visible).to(scores.dtype); // each sequence's own row
        }

        var weights = (scores + Mask(rule.Window)).softmax(-1);                                          // (B, H, T')
        return weights.view(sequences * shared, perKey, visible).bmm(v).view(sequences, heads * d);
    }

    private Tensor Mask(int? window)
    {
        if (!masks.TryGetValue(window ?? 0, out var mask))
        {
            var seen = ends.SelectMany(end => Enumerable.Range(0, (int)visible).Select(t => t <= end && (window is null || t > end - window) ? 0f : float.NegativeInfinity)).ToArray();
            mask = tensor(seen, dtype: ScalarType.Float32).view(sequences, 1, visible).to(compute, device).DetachFromDisposeScope();
            masks.Add(window ?? 0, mask);
        }

        return mask;
    }

    /// <summary>Sequence b goes on from sequence <paramref name="sources"/>[b].</summary>
    public void Reorder(IReadOnlyList<int> sources)
    {
        using var scope = NewDisposeScope();
        ends = [.. sources.Select(source => ends[source])];
        var order = sources.ToTensor(device);
        foreach (var kept in keys.Concat(values))
        {
            var moved = kept.view(sequences, -1).index_select(0, order);
            kept.view(sequences, -1).copy_(moved);
        }
    }

    private void Forget()
    {
        foreach (var mask in masks.Values)
        {
            mask.Dispose();
        }

        masks.Clear();
    }

    /// <returns>(tokens·KV), int64: token by token, its key heads one after the other.</returns>
    private Tensor Rows(IEnumerable<(int Sequence, int Position)> tokens)
    {
        var places = new List<long>();
        foreach (var (sequence, position) in tokens)
        {
            for (var head = 0L; head < shared; head++)
            {
                places.Add((sequence * shared + head) * capacity + position);
            }
        }

        return tensor(places.ToArray(), dtype: ScalarType.Int64, device: device).DetachFromDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in keys.Concat(values).Append(rows))
        {
            tensor.Dispose();
        }

        Forget();
        prompts.Dispose();
    }
}
