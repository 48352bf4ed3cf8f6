using ServerlessTuning.Datasets.Checkpoints;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models;

/// <summary>
/// Rotary position embedding: pairs (x_i, x_{i+D/2}) turn by position · θ_i. Source: Su et al. 2021, arXiv:2104.09864, in the half-split layout
/// of the published Llama checkpoints (the paper's layout interleaves the pairs; the weights are permuted accordingly).
/// </summary>
/// <param name="Cos">(N, 1, D): cos of both halves.</param>
/// <param name="Sin">(N, 1, D): −sin in the first half, +sin in the second.</param>
public sealed record Rotary(Tensor Cos, Tensor Sin)
{
    /// <param name="inverseFrequencies">θ, (D/2), float32.</param>
    /// <param name="positions">(N), positions inside their own sequence.</param>
    /// <param name="type">Type of queries and keys.</param>
    public static Rotary At(Tensor positions, Tensor inverseFrequencies, ScalarType type)
    {
        var angles = positions.to(ScalarType.Float32).unsqueeze(-1) * inverseFrequencies;    // (N, D/2)
        var (cos, sin) = (angles.cos(), angles.sin());
        return new(cat([cos, cos], -1).unsqueeze(1).to(type), cat([-sin, sin], -1).unsqueeze(1).to(type));
    }

    /// <param name="x">Queries or keys, (N, heads, D).</param>
    public Tensor Turn(Tensor x) => (x * Cos).addcmul(x.roll(x.shape[^1] / 2, -1), Sin, 1);   // (N, heads, D)

    /// <summary>θ as a tensor, made once a model.</summary>
    public static Tensor Frequencies(ModelConfig config, Device device) =>
        tensor(config.Rope.InverseFrequencies(config.HeadDim).Select(value => (float)value).ToArray(), dtype: ScalarType.Float32, device: device);
}
