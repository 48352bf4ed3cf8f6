using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models;

/// <summary>Who may look at whom: packed sequences in training, cached keys and values in generation.</summary>
public interface IAttention
{
    /// <summary>softmax(q·kᵀ / √D + mask)·v; query head h uses key and value head h / (H / KV).</summary>
    /// <param name="layer">Counted from 0.</param>
    /// <param name="q">(N, H, D), turned.</param>
    /// <param name="k">(N, KV, D), turned.</param>
    /// <param name="v">(N, KV, D).</param>
    /// <returns>(N, H·D).</returns>
    Tensor Attend(int layer, Tensor q, Tensor k, Tensor v);
}
