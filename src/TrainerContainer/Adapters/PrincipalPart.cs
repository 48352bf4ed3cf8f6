using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Adapters;

/// <summary>
/// A start that is not zero: the adapter begins as the part of the matrix along its largest singular values, and the base keeps the rest, so that training moves what
/// matters most. Source: Meng et al. 2024, arXiv:2404.02948, equations 2 to 4; scaled as in PEFT's pissa_init.
/// </summary>
internal static class PrincipalPart
{
    /// <param name="weight">W, (out, in), float32.</param>
    /// <param name="scaling">s of the adapter.</param>
    /// <returns>A, (r, in), and B, (out, r), with s·B·A the matrix of rank r nearest to W.</returns>
    public static (Tensor A, Tensor B) Of(Tensor weight, int rank, double scaling)
    {
        using var scope = NewDisposeScope();
        var (u, s, vh) = linalg.svd(weight, fullMatrices: false);                 // (out, k), (k), (k, in)
        var root = (s.narrow(0, 0, rank) / scaling).sqrt();                       // (r)
        var a = root.unsqueeze(-1) * vh.narrow(0, 0, rank);
        var b = u.narrow(1, 0, rank) * root;
        return (a.MoveToOuterDisposeScope(), b.MoveToOuterDisposeScope());
    }
}
