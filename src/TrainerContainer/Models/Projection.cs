using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Quantization;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ServerlessTuning.Trainer.Models;

/// <summary>
/// y = W·x + b, the one kind of matrix in a transformer, with an adapter's update when there is one. Products run in the compute type: weights that train stay
/// float32 and are cast on the way, frozen ones are stored in it, or in four bits.
/// </summary>
public sealed class Projection
{
    private readonly Parameter? weight, bias;
    private readonly Nf4Matrix? quantized;
    private readonly ScalarType compute;

    /// <param name="weight">(out, in); transposed: (in, out), as GPT-2's checkpoints store it.</param>
    /// <param name="bias">(out), or null.</param>
    /// <param name="compute">float32 or bfloat16.</param>
    public Projection(Parameter weight, Parameter? bias, ScalarType compute, bool transposed = false)
    {
        (this.weight, this.bias, this.compute, Transposed) = (weight, bias, compute, transposed);
        (Output, Input) = transposed ? (weight.shape[1], weight.shape[0]) : (weight.shape[0], weight.shape[1]);
    }

    /// <param name="quantized">(out, in), frozen.</param>
    public Projection(Nf4Matrix quantized, Parameter? bias, ScalarType compute, bool transposed = false)
    {
        (this.quantized, this.bias, this.compute, Transposed) = (quantized, bias, compute, transposed);
        (Output, Input) = transposed ? (quantized.Columns, quantized.Rows) : (quantized.Rows, quantized.Columns);
    }

    /// <summary>(in, out): PEFT's fan_in_fan_out.</summary>
    public bool Transposed { get; }

    public long Input { get; }

    public long Output { get; }

    /// <summary>The low-rank update, or null.</summary>
    public LowRank? Adapter { get; set; }

    /// <summary>W as it is stored, in the compute type; a quantized one is unpacked for the occasion.</summary>
    public Tensor Weight() => quantized?.Unpack(compute) ?? Cast(weight!);

    /// <summary>W, to be written to.</summary>
    /// <exception cref="InvalidOperationException">It is quantized.</exception>
    public Parameter Stored => weight ?? throw new InvalidOperationException("A quantized matrix is read only.");

    /// <param name="x">(N, in) in the compute type.</param>
    /// <returns>(N, out) in the compute type.</returns>
    public Tensor Forward(Tensor x)
    {
        var (w, b) = (Weight(), bias is null ? null : Cast(bias));
        var adapter = Adapter is { Adds: true } on ? on : null;
        var y = functional.linear(x, Transposed ? w.t() : w, adapter?.Magnitude is null ? b! : null!);
        return adapter?.AddTo(y, x, w, b) ?? y;
    }

    private Tensor Cast(Tensor tensor) => tensor.dtype == compute ? tensor : tensor.to(compute);
}
