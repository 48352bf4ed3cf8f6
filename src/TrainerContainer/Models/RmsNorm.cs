using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ServerlessTuning.Trainer.Models;

/// <summary>y = g · x / √(mean(x²) + ε), computed in float32. Source: Zhang and Sennrich 2019, arXiv:1910.07467.</summary>
public sealed class RmsNorm : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly double eps;
    private readonly ScalarType output;

    /// <param name="weight">g, (C).</param>
    /// <param name="output">Type of the result: what the products after it run in.</param>
    public RmsNorm(Parameter weight, double eps, ScalarType output) : base(nameof(RmsNorm))
    {
        (this.weight, this.eps, this.output) = (weight, eps, output);
        RegisterComponents();
    }

    /// <param name="x">(N, C), float32.</param>
    /// <returns>(N, C) in the output type.</returns>
    public override Tensor forward(Tensor x)
    {
        var scale = (x.square().mean([-1], keepdim: true) + eps).rsqrt();        // (N, 1)
        var y = x * scale * weight;                                              // (N, C)
        return y.dtype == output ? y : y.to(output);
    }
}
