using ServerlessTuning.Datasets.Checkpoints;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models;

/// <summary>
/// Weights to start pretraining from: normal(0, initializer_range), as transformers' _init_weights; the matrices that write into the residual stream are
/// scaled by 1/√(2·layers) (Radford et al. 2019, section 2.3). Each tensor's numbers depend on the seed and its name alone.
/// </summary>
public sealed class RandomWeights(ModelConfig config, int seed, ScalarType compute, Device device) : WeightSource(compute, trains: true, device)
{
    protected override Tensor Find(string name, Fresh fresh, long[] shape) => Fresh(config, seed, name, fresh, shape);

    /// <summary>One weight, float32.</summary>
    public static Tensor Fresh(ModelConfig config, int seed, string name, Fresh fresh, long[] shape)
    {
        if (fresh is Models.Fresh.Ones or Models.Fresh.Zeros)
        {
            return fresh == Models.Fresh.Ones ? ones(shape) : zeros(shape);
        }

        // T5's initializer_factor is a factor of 1/√fan-in (modeling_t5.py), not a deviation.
        var deviation = config.SequenceToSequence is null ? config.InitializerRange : config.InitializerRange / Math.Sqrt(shape[^1]);
        manual_seed(Training.RandomSeeds.For(seed, name));
        return randn(shape, dtype: ScalarType.Float32) * (deviation * (fresh == Models.Fresh.Residual ? 1 / Math.Sqrt(2.0 * config.NumHiddenLayers) : 1));
    }
}
