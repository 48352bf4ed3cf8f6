using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ServerlessTuning.Trainer.Adapters;

/// <summary>One layer's update, (α / r)·B·A·x. Source: Hu et al. 2021, arXiv:2106.09685. A and B are float32 and train.</summary>
/// <param name="a">(r, in).</param>
/// <param name="b">(out, r).</param>
/// <param name="transposed">The layer stores its matrix (in, out).</param>
public sealed class LowRank(Parameter a, Parameter b, double scaling, double dropout, int layer, bool transposed = false)
{
    /// <summary>A, (r, in).</summary>
    public Parameter A => a;

    /// <summary>B, (out, r).</summary>
    public Parameter B => b;

    /// <summary>Off: the base model's own numbers, for comparing against it.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Seed of this step's dropout; null outside training. Set anew before each forward, so that a recomputation draws the same.</summary>
    public long? DropoutSeed { get; set; }

    /// <param name="y">W·x, (N, out).</param>
    /// <param name="x">(N, in), in the type of the products.</param>
    public Tensor AddTo(Tensor y, Tensor x)
    {
        if (!Enabled)
        {
            return y;
        }

        var inner = functional.linear(Drop(x), a.to(x.dtype));                    // (N, r)
        return add(y, functional.linear(inner, b.to(x.dtype)), scaling);          // (N, out)
    }

    /// <returns>The update as a matrix, (α / r)·B·A, (out, in), float32; as the layer stores it.</returns>
    public Tensor Delta() => (transposed ? b.mm(a).t() : b.mm(a)) * scaling;

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
