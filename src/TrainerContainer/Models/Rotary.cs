using ServerlessTuning.Datasets.Checkpoints;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models;

/// <summary>
/// Rotary position embedding: pairs (x_i, x_{i+R/2}) of the first R numbers of a head turn by position · θ_i. Source: Su et al. 2021, arXiv:2104.09864, in the
/// half-split layout of the published checkpoints (the paper's layout interleaves the pairs; the weights are permuted accordingly).
/// </summary>
/// <param name="Cos">(N, 1, R): cos of both halves.</param>
/// <param name="Sin">(N, 1, R): −sin in the first half, +sin in the second.</param>
public sealed record Rotary(Tensor Cos, Tensor Sin)
{
    /// <param name="x">Queries or keys, (N, heads, D).</param>
    /// <returns>(N, heads, D); what is behind R stays.</returns>
    public Tensor Turn(Tensor x)
    {
        var (r, d) = (Cos.shape[^1], x.shape[^1]);
        return r == d ? TurnAll(x) : cat([TurnAll(x.narrow(-1, 0, r)), x.narrow(-1, r, d - r)], -1);
    }

    private Tensor TurnAll(Tensor x) => (x * Cos).addcmul(x.roll(x.shape[^1] / 2, -1), Sin, 1);
}

/// <summary>One rope of a model; its frequencies are made once, or anew when they depend on the length.</summary>
/// <param name="type">Of queries and keys.</param>
public sealed class Rope(RopeConfig config, int headDim, ScalarType type, Device device) : IDisposable
{
    private Tensor? kept;

    /// <param name="positions">(N), positions inside their own sequence.</param>
    /// <param name="longest">Length of the batch's longest sequence: what transformers chooses long frequencies by.</param>
    public Rotary At(Tensor positions, int longest)
    {
        var frequencies = config.DependsOnLength ? Frequencies(longest) : kept ??= Frequencies(longest).DetachFromDisposeScope();
        var angles = positions.to(ScalarType.Float32).unsqueeze(-1) * frequencies;           // (N, R/2)
        var (cos, sin) = (angles.cos() * config.AttentionScaling, angles.sin() * config.AttentionScaling);
        return new(cat([cos, cos], -1).unsqueeze(1).to(type), cat([-sin, sin], -1).unsqueeze(1).to(type));
    }

    private Tensor Frequencies(int longest) =>
        tensor(config.InverseFrequencies(headDim, longest).Select(value => (float)value).ToArray(), dtype: ScalarType.Float32, device: device);

    public void Dispose() => kept?.Dispose();
}
