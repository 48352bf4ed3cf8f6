using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ServerlessTuning.Trainer.Adapters;

/// <summary>
/// One layer's update, s·B·A·x. Source: Hu et al. 2021, arXiv:2106.09685; s = α / r, or α / √r (rsLoRA: Kalajdzievski 2023, arXiv:2312.03732). With a magnitude m
/// the whole matrix is turned into directions and lengths, y = m / ‖W + s·B·A‖ · (W + s·B·A)·x (DoRA: Liu et al. 2024, arXiv:2402.09353; the norm of each row counts
/// as a constant on the way back, section 4.3). A, B and m are float32 and train.
/// </summary>
/// <param name="a">(r, in).</param>
/// <param name="b">(out, r).</param>
/// <param name="magnitude">m, (out), or null.</param>
/// <param name="transposed">The layer stores its matrix (in, out).</param>
public sealed class LowRank(Parameter a, Parameter b, Parameter? magnitude, double scaling, double dropout, int layer, bool transposed = false)
{
    /// <summary>A, (r, in).</summary>
    public Parameter A => a;

    /// <summary>B, (out, r).</summary>
    public Parameter B => b;

    /// <summary>m, (out); null without.</summary>
    public Parameter? Magnitude => magnitude;

    /// <summary>Off: the base model's own numbers, for comparing against it.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Seed of this step's dropout; null outside training. Set anew before each forward, so that a recomputation draws the same.</summary>
    public long? DropoutSeed { get; set; }

    /// <param name="y">W·x, (N, out).</param>
    /// <param name="x">(N, in), in the type of the products.</param>
    /// <param name="weight">W as the layer keeps it.</param>
    /// <param name="bias">(out), or null; already in y without a magnitude, added here with one.</param>
    public Tensor AddTo(Tensor y, Tensor x, Tensor weight, Tensor? bias)
    {
        var inner = functional.linear(Drop(x), a.to(x.dtype));                    // (N, r)
        var sum = add(y, functional.linear(inner, b.to(x.dtype)), scaling);       // (N, out)
        if (magnitude is null)
        {
            return sum;
        }

        var scaled = sum * (magnitude / Norms(weight)).to(x.dtype);
        return bias is null ? scaled : scaled + bias;
    }

    /// <param name="weight">W as the checkpoint stores it, float32.</param>
    /// <returns>The matrix that stands for both, W + s·B·A, with a magnitude scaled row by row; stored as W is, float32.</returns>
    public Tensor Merged(Tensor weight)
    {
        var delta = b.mm(a).to(weight.device) * scaling;                          // (out, in)
        var merged = (transposed ? weight.t() : weight) + delta;
        merged = magnitude is null ? merged : merged * (magnitude.to(weight.device) / merged.square().sum([-1L]).sqrt()).unsqueeze(-1);
        return transposed ? merged.t().contiguous() : merged;
    }

    /// <summary>‖W + s·B·A‖ of each row without the matrix: ‖w‖² + 2·s·(W·Aᵀ)·b + s²·bᵀ·(A·Aᵀ)·b.</summary>
    /// <returns>(out), float32, no gradient.</returns>
    internal Tensor Norms(Tensor weight)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        var w = (transposed ? weight.t() : weight).to(ScalarType.Float32);        // (out, in)
        var cross = (w.mm(a.t()) * b).sum([-1L]);                                 // (out)
        var own = (b.mm(a.mm(a.t())) * b).sum([-1L]);                             // (out)
        return (w.square().sum([-1L]) + cross * (2 * scaling) + own * (scaling * scaling)).sqrt().MoveToOuterDisposeScope();
    }

    private Tensor Drop(Tensor x)
    {
        if (dropout == 0 || DropoutSeed is not { } seed)
        {
            return x;
        }

        manual_seed(seed + layer);
        return functional.dropout(x, dropout, training: true);
    }
}
