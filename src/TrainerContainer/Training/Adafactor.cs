using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>
/// Of the squared gradients of a matrix only the means of rows and columns are kept, and no first moment: next to no memory. Source: Shazeer and Stern 2018,
/// arXiv:1804.04235, algorithms 4 and 5; as transformers' Adafactor with scale_parameter and relative_step off, so the rate is the plan's.
/// </summary>
public sealed class Adafactor : IUpdateRule
{
    /// <summary>ε₁, added to squares; d, the largest root mean square of a move before the rate; the decay of means is 1 − t^−0.8.</summary>
    private const double Epsilon = 1e-30, ClipThreshold = 1, DecayPower = -0.8;

    private readonly Tensor rows, columns;
    private readonly bool factored;

    /// <param name="like">The weight that learns: (…, R, C) is factored, a vector (C) is not.</param>
    public Adafactor(Tensor like)
    {
        using var scope = NewDisposeScope();
        var shape = like.shape;
        factored = shape.Length > 1;
        rows = zeros(factored ? shape[..^1] : shape, dtype: ScalarType.Float32, device: like.device).DetachFromDisposeScope();
        columns = zeros(factored ? [.. shape[..^2], shape[^1]] : [0], dtype: ScalarType.Float32, device: like.device).DetachFromDisposeScope();
    }

    /// <summary><c>exp_avg_sq_row</c> (…, R) and <c>exp_avg_sq_col</c> (…, C); of a vector <c>exp_avg_sq</c>.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> State => factored ? [("exp_avg_sq_row", rows), ("exp_avg_sq_col", columns)] : [("exp_avg_sq", rows)];

    public void Update(Tensor weight, Tensor gradient, double scale, double rate, int stepNumber)
    {
        gradient.mul_(scale);
        var decay = 1 - Math.Pow(stepNumber, DecayPower);
        var squares = gradient.square().add_(Epsilon);
        var move = (factored ? Factored(squares, decay) : Mean(rows, squares, decay).rsqrt()).mul_(gradient);
        var size = Math.Sqrt(move.square().mean().item<float>());                 // root mean square
        weight.add_(move, -rate / Math.Max(1, size / ClipThreshold));
    }

    /// <returns>1 / √(r·cᵀ / mean(r)), of the weight's shape.</returns>
    private Tensor Factored(Tensor squares, double decay)
    {
        var r = Mean(rows, squares.mean([-1L]), decay);                           // (…, R)
        var c = Mean(columns, squares.mean([-2L]), decay);                        // (…, C)
        return (r / r.mean([-1L], keepdim: true)).rsqrt_().unsqueeze(-1) * c.rsqrt().unsqueeze(-2);
    }

    private static Tensor Mean(Tensor mean, Tensor value, double decay) => mean.mul_(decay).add_(value, 1 - decay);

    public void Dispose()
    {
        rows.Dispose();
        columns.Dispose();
    }
}
