using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Generation;

/// <summary>
/// Attention while answers grow: keys and values of all earlier tokens are kept, so each new token costs one row. B sequences of different lengths
/// share one cache; what lies behind a sequence's end is masked.
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
    private Tensor? mask;                               // (B, 1, T'): −∞ behind each sequence's end; null while the prompts are read
    private long visible;                               // T', the longest sequence

    /// <param name="lengths">Tokens of the B prompts.</param>
    /// <param name="capacity">T, longest prompt and answer together.</param>
    public KeyValueCache(ModelConfig config, IReadOnlyList<int> lengths, int capacity, ScalarType compute, Device device)
    {
        (sequences, shared, this.capacity, this.compute, this.device) = (lengths.Count, config.NumKeyValueHeads, capacity, compute, device);
        keys = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(_ => Empty())];
        values = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(_ => Empty())];
        prompts = new(lengths, compute, device);
        rows = Rows(lengths.SelectMany((length, b) => Enumerable.Range(0, length).Select(t => (b, t))));

        Tensor Empty() => zeros([sequences * shared * capacity, config.HeadDim], dtype: compute, device: device).DetachFromDisposeScope();
    }

    /// <param name="ends">Tokens of each sequence before the next one.</param>
    public void Next(IReadOnlyList<int> ends)
    {
        rows.Dispose();
        mask?.Dispose();
        rows = Rows(ends.Select((end, b) => (b, end)));
        visible = ends.Max() + 1;
        mask = tensor(ends.SelectMany(end => Enumerable.Range(0, (int)visible).Select(t => t <= end ? 0f : float.NegativeInfinity)).ToArray(), dtype: ScalarType.Float32)
            .view(sequences, 1, visible).to(compute, device).DetachFromDisposeScope();
    }

    public Tensor Attend(int layer, Tensor q, Tensor k, Tensor v)
    {
        keys[layer].index_copy_(0, rows, k.reshape(-1, k.shape[2]));
        values[layer].index_copy_(0, rows, v.reshape(-1, v.shape[2]));
        return mask is null ? prompts.Attend(layer, q, k, v) : AttendAll(layer, q);
    }

    /// <param name="q">(B, H, D): one token a sequence.</param>
    /// <returns>(B, H·D).</returns>
    private Tensor AttendAll(int layer, Tensor q)
    {
        long heads = q.shape[1], d = q.shape[2], perKey = heads / shared;
        var k = keys[layer].view(sequences * shared, capacity, d).narrow(1, 0, visible);                 // (B·KV, T', D)
        var v = values[layer].view(sequences * shared, capacity, d).narrow(1, 0, visible);
        var scores = q.reshape(sequences * shared, perKey, d).mul(1 / Math.Sqrt(d)).bmm(k.transpose(1, 2)); // (B·KV, H/KV, T')
        var weights = (scores.view(sequences, heads, visible) + mask!).softmax(-1);                      // (B, H, T')
        return weights.view(sequences * shared, perKey, visible).bmm(v).view(sequences, heads * d);
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

        mask?.Dispose();
        prompts.Dispose();
    }
}
