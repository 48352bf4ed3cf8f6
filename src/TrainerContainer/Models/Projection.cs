using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ServerlessTuning.Trainer.Models;

/// <summary>
/// y = W·x + b, the one kind of matrix in a transformer; with an adapter y = W·x + b + (α / r)·B·A·x (Hu et al. 2021, arXiv:2106.09685, equation 3).
/// Products run in the type of the compute type: weights that train stay float32 and are cast on the way, frozen ones are stored in it.
/// </summary>
public sealed class Projection : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly ScalarType compute;

    /// <param name="weight">(out, in).</param>
    /// <param name="bias">(out), or null.</param>
    /// <param name="compute">float32 or bfloat16.</param>
    public Projection(Parameter weight, Parameter? bias, ScalarType compute) : base(nameof(Projection))
    {
        (this.weight, this.bias, this.compute) = (weight, bias, compute);
        RegisterComponents();
    }

    /// <summary>(out, in).</summary>
    public Parameter Weight => weight;

    /// <summary>The low-rank update, or null. Not a component: the module's parameters stay the checkpoint's own.</summary>
    public Adapters.LowRank? Adapter { get; set; }

    /// <param name="x">(N, in) in the compute type.</param>
    /// <returns>(N, out) in the compute type.</returns>
    public override Tensor forward(Tensor x)
    {
        var y = functional.linear(x, Cast(weight), bias is null ? null! : Cast(bias));
        return Adapter is null ? y : Adapter.AddTo(y, x);
    }

    private Tensor Cast(Tensor tensor) => tensor.dtype == compute ? tensor : tensor.to(compute);
}
