using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ServerlessTuning.Trainer.Models;

/// <summary>y = (g + o) · x / √(mean(x²) + ε) over the last dimension, computed in float32. Source: Zhang and Sennrich 2019, arXiv:1910.07467.</summary>
/// <param name="weight">g.</param>
/// <param name="offset">o: 1 where checkpoints store the weight less one, else 0.</param>
/// <param name="output">Type of the result: what the products after it run in.</param>
public sealed class RmsNorm(Parameter weight, double eps, ScalarType output, double offset = 0)
{
    /// <param name="x">(…, C).</param>
    /// <returns>(…, C) in the output type.</returns>
    public Tensor Forward(Tensor x)
    {
        x = x.to(ScalarType.Float32);
        var scale = (x.square().mean([-1], keepdim: true) + eps).rsqrt();        // (…, 1)
        var y = x * scale * (offset == 0 ? weight : weight + offset);            // (…, C)
        return y.dtype == output ? y : y.to(output);
    }
}

/// <summary>y = g · (x − mean(x)) / √(var(x) + ε) + b, computed in float32. Source: Ba et al. 2016, arXiv:1607.06450.</summary>
/// <param name="weight">g, (C).</param>
/// <param name="bias">b, (C).</param>
public sealed class LayerNorm(Parameter weight, Parameter bias, double eps)
{
    /// <param name="x">(…, C).</param>
    /// <param name="output">Type of the result.</param>
    public Tensor Forward(Tensor x, ScalarType output = ScalarType.Float32)
    {
        var y = functional.layer_norm(x.to(ScalarType.Float32), [weight.shape[0]], weight, bias, eps);
        return y.dtype == output ? y : y.to(output);
    }
}
