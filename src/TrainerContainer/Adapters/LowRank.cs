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

    /// <summary>s.</summary>
    public double Scaling => scaling;

    /// <summary>A₀ and B₀ of a start that is not zero: the layer keeps W − s·B₀·A₀. Null when it keeps W.</summary>
    public (Tensor A, Tensor B)? Start { get; set; }

    /// <summary>Off: the base model's own numbers, for comparing against it.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Does the layer need more than its own matrix?</summary>
    public bool Adds => Enabled || Start is not null;

    /// <summary>Seed of this step's dropout; null outside training. Set anew before each forward, so that a recomputation draws the same.</summary>
    public long? DropoutSeed { get; set; }

    /// <param name="y">W·x, (N, out).</param>
    /// <param name="x">(N, in), in the type of the products.</param>
    /// <param name="weight">W as the layer keeps it.</param>
    /// <param name="bias">(out), or null; already in y without a magnitude, added here with one.</param>
    public Tensor AddTo(Tensor y, Tensor x, Tensor weight, Tensor? bias)
    {
        var (down, up) = Enabled ? (a, b) : Start!.Value;
        var inner = functional.linear(Enabled ? Drop(x) : x, down.to(x.dtype));   // (N, r)
        var sum = add(y, functional.linear(inner, up.to(x.dtype)), scaling);      // (N, out)
        if (magnitude is null)
        {
            return sum;
        }

        var scaled = Enabled ? sum * (magnitude / Norms(weight)).to(x.dtype) : sum;
        return bias is null ? scaled : scaled + bias;
    }

    /// <param name="weight">W as the checkpoint stores it, float32.</param>
    /// <returns>The matrix that stands for both, W + s·B·A (without what the start was), with a magnitude scaled row by row; stored as W is, float32.</returns>
    public Tensor Merged(Tensor weight)
    {
        var product = Start is { } start ? b.mm(a) - start.B.mm(start.A) : b.mm(a);
        var delta = product.to(weight.device) * scaling;                          // (out, in)
        var merged = (transposed ? weight.t() : weight) + delta;
        merged = magnitude is null ? merged : merged * (magnitude.to(weight.device) / merged.square().sum([-1L]).sqrt()).unsqueeze(-1);
        return transposed ? merged.t().contiguous() : merged;
    }

    /// <summary>The update as an ordinary one over W: s·(B·A − B₀·A₀) = s·[B, −B₀]·[A; A₀]. Source: PEFT's subtract_mutated_init.</summary>
    /// <returns>A, (r or 2r, in), and B, (out, r or 2r).</returns>
    public (Tensor A, Tensor B) Ordinary() => Start is { } start ? (cat([a, start.A], 0), cat([b, -start.B], 1)) : (a, b);

    /// <summary>Begins with the principal part of a matrix, which is taken out of it.</summary>
    /// <param name="weight">W as the layer keeps it; changed in place.</param>
    internal void TakePrincipalPart(Parameter weight)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var (a0, b0) = PrincipalPart.Of((transposed ? weight.t() : weight).to(ScalarType.Float32), (int)a.shape[0], scaling);
        a.copy_(a0);
        b.copy_(b0);
        TakeOut(weight, a0, b0);
    }

    /// <summary>Takes another start out of a matrix than the one that was taken.</summary>
    /// <param name="weight">W as the layer keeps it; changed in place unless the starts are the same to the bit.</param>
    internal void MoveStart(Parameter weight, Tensor a0, Tensor b0)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var (oldA, oldB) = Start!.Value;
        if (oldA.ne(a0).any().item<bool>() || oldB.ne(b0).any().item<bool>())
        {
            TakeOut(weight, a0, b0);
            oldA.Dispose();
            oldB.Dispose();
        }
    }

    private void TakeOut(Parameter weight, Tensor a0, Tensor b0)
    {
        var taken = Start is { } before ? b0.mm(a0) - before.B.mm(before.A) : b0.mm(a0);
        var rest = (transposed ? weight.t() : weight).to(ScalarType.Float32) - taken * scaling;   // (out, in)
        weight.copy_(transposed ? rest.t() : rest);
        Start = (a0.clone().DetachFromDisposeScope(), b0.clone().DetachFromDisposeScope());
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
