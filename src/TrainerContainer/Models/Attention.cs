using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models;

/// <summary>Who may look at whom: packed sequences in training, cached keys and values in generation.</summary>
public interface IAttention
{
    /// <summary>Length of the longest sequence, with all that came before; tokens.</summary>
    int Longest { get; }

    /// <summary>softmax(q·kᵀ · scale + bias + mask)·v; query head h uses key and value head h / (H / KV).</summary>
    /// <param name="q">(N, H, D), turned.</param>
    /// <param name="k">(N, KV, D), turned.</param>
    /// <param name="v">(N, KV, D).</param>
    /// <param name="bias">Added to the scores by position inside the sequence, (H, L, L) with L = <see cref="Longest"/>; null for none.</param>
    /// <returns>(N, H·D).</returns>
    Tensor Attend(AttentionRule rule, Tensor q, Tensor k, Tensor v, Tensor? bias = null);
}

/// <summary>How one layer looks.</summary>
/// <param name="Layer">Counted from 0.</param>
/// <param name="Scale">Of the scores; 1/√D in most models.</param>
/// <param name="Window">How many keys a query sees, its own included; null means all that it may see.</param>
/// <param name="SoftCap">c in c · tanh(scores / c); null for none.</param>
public sealed record AttentionRule(int Layer, double Scale, int? Window = null, double? SoftCap = null)
{
    /// <summary>q·kᵀ · scale, capped.</summary>
    /// <param name="q">(B, rows, D).</param>
    /// <param name="k">(B, keys, D).</param>
    /// <returns>(B, rows, keys).</returns>
    public Tensor Scores(Tensor q, Tensor k)
    {
        var scores = (Scale == 1 ? q : q.mul(Scale)).bmm(k.transpose(1, 2));
        return SoftCap is { } cap ? (scores / cap).tanh() * cap : scores;
    }
}
