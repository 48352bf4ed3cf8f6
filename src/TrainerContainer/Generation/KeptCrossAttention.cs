using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Generation;

/// <summary>Attention to sources while answers grow: their keys and values are computed once a layer.</summary>
internal sealed class KeptCrossAttention : ICrossAttention, IDisposable
{
    private readonly Padding sources;
    private readonly Dictionary<int, (Tensor Keys, Tensor Values)> kept = [];     // a layer each: (S, H, Ls, D)
    private Tensor fill;                                                          // (S, 1, 1, Ls)

    /// <param name="lengths">Of the S sources.</param>
    public KeptCrossAttention(IReadOnlyList<int> lengths, ScalarType type, Device device)
    {
        sources = new(lengths, device);
        fill = sources.Fill(type, device);
    }

    /// <param name="q">(S, H, D): one token a sequence.</param>
    public Tensor Attend(AttentionRule rule, Tensor q, Func<(Tensor Keys, Tensor Values)> source)
    {
        if (!kept.TryGetValue(rule.Layer, out var both))
        {
            var (keys, values) = source();
            both = (sources.Gather(keys).contiguous().DetachFromDisposeScope(), sources.Gather(values).contiguous().DetachFromDisposeScope());
            kept.Add(rule.Layer, both);
        }

        return CrossAttention.Attend(rule, q.unsqueeze(2), both.Keys, both.Values, fill).reshape(q.shape[0], -1);
    }

    public void Reorder(IReadOnlyList<int> rows)
    {
        using var scope = NewDisposeScope();
        var order = rows.ToTensor(fill.device);
        fill = Moved(fill);
        foreach (var layer in kept.Keys.ToList())
        {
            kept[layer] = (Moved(kept[layer].Keys), Moved(kept[layer].Values));
        }

        Tensor Moved(Tensor tensor)
        {
            var moved = tensor.index_select(0, order).DetachFromDisposeScope();
            tensor.Dispose();
            return moved;
        }
    }

    public void Dispose()
    {
        sources.Dispose();
        fill.Dispose();
        foreach (var (keys, values) in kept.Values)
        {
            keys.Dispose();
            values.Dispose();
        }
    }
}
