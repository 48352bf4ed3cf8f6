using ServerlessTuning.Datasets.Checkpoints;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models;

/// <summary>
/// Weights to start pretraining from: normal(0, initializer_range), as transformers' LlamaPreTrainedModel._init_weights; the two matrices that write
/// into the residual stream are scaled by 1/√(2·layers) (Radford et al. 2019, section 2.3). Norms are 1. Each tensor's numbers depend on the seed and its name alone.
/// </summary>
public sealed class RandomWeights(ModelConfig config, int seed, ScalarType compute, Device device) : WeightSource(compute, trains: true, device)
{
    protected override Tensor Find(string name, long[] shape)
    {
        if (name.EndsWith("norm.weight", StringComparison.Ordinal))
        {
            return ones(shape);
        }

        if (name.EndsWith(".bias", StringComparison.Ordinal))
        {
            return zeros(shape);
        }

        var residual = name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal);
        manual_seed(Training.RandomSeeds.For(seed, name));
        return randn(shape, dtype: ScalarType.Float32) * (config.InitializerRange * (residual ? 1 / Math.Sqrt(2.0 * config.NumHiddenLayers) : 1));
    }
}
