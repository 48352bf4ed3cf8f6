using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ServerlessTuning.Trainer.Models;

/// <summary>
/// y = W·x + b, the one kind of matrix in a transformer; with an adapter y = W·x + b + (α / r)·B·A·x (Hu et al. 2021, arXiv:2106.09685, equation 3).
/// Products run in the compute type: weights that train stay float32 and are cast on the way, frozen ones are stored in it.
/// </summary>
/// <param name="weight">(out, in); transposed: (in, out), as GPT-2's checkpoints store it.</param>
/// <param name="bias">(out), or null.</param>
/// <param name="compute">float32 or bfloat16.</param>
public sealed class Projection(Parameter weight, Parameter? bias, ScalarType compute, bool transposed = false)
{
    public Parameter Weight => weight;

    /// <summary>(in, out): PEFT's fan_in_fan_out.</summary>
    public bool Transposed => transposed;

    public long Input => weight.shape[transposed ? 0 : 1];

    public long Output => weight.shape[transposed ? 1 : 0];

    /// <summary>The low-rank update, or null.</summary>
    public Adapters.LowRank? Adapter { get; set; }

    /// <param name="x">(N, in) in the compute type.</param>
    /// <returns>(N, out) in the compute type.</returns>
    public Tensor Forward(Tensor x)
    {
        var w = Cast(weight);
        var y = functional.linear(x, transposed ? w.t() : w, bias is null ? null! : Cast(bias));
        return Adapter is null ? y : Adapter.AddTo(y, x);
    }

    private Tensor Cast(Tensor tensor) => tensor.dtype == compute ? tensor : tensor.to(compute);
}
