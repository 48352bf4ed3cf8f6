using ServerlessTuning.Datasets.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ServerlessTuning.Trainer.Models;

/// <summary>The functions between a feed-forward's matrices, by transformers' names (activations.py, ACT2FN).</summary>
public static class Activations
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> Known = new(StringComparer.Ordinal)
    {
        ["silu"] = x => functional.silu(x),
        ["swish"] = x => functional.silu(x),
        ["relu"] = x => functional.relu(x),
        ["tanh"] = x => x.tanh(),
        ["gelu"] = x => functional.gelu(x),
        ["gelu_new"] = TanhGelu,
        ["gelu_fast"] = TanhGelu,
        ["gelu_pytorch_tanh"] = TanhGelu,
        ["quick_gelu"] = x => x * (1.702 * x).sigmoid(),
        ["relu2"] = x => functional.relu(x).square(),
    };

    /// <exception cref="ModelConfigException">No such function.</exception>
    public static Func<Tensor, Tensor> Of(ModelConfig config) => Known.TryGetValue(config.Activation, out var found) ? found
        : throw new ModelConfigException("the activation function", $"'{config.Activation}'", $"one of {string.Join(", ", Known.Keys)}");

    /// <summary>½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))). Source: Hendrycks and Gimpel 2016, arXiv:1606.08415.</summary>
    private static Tensor TanhGelu(Tensor x) => functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh);
}
