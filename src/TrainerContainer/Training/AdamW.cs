using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>
/// Adam with decoupled weight decay (which <see cref="Optimizer"/> does). Source: Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2, with PyTorch's
/// order of operations. Both moments are float32: 8 bytes a weight.
/// </summary>
/// <param name="like">The weight that learns.</param>
public sealed class AdamW(Tensor like) : IUpdateRule
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;
    private readonly Tensor first = zeros_like(like).DetachFromDisposeScope(), second = zeros_like(like).DetachFromDisposeScope();

    /// <summary><c>exp_avg</c>, m, the mean of gradients; <c>exp_avg_sq</c>, v, the mean of their squares.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> State => [("exp_avg", first), ("exp_avg_sq", second)];

    /// <remarks>Eight operations, each over the whole weight, would fetch it and its moments from memory eight times.</remarks>
    public void Update(Tensor weight, Tensor gradient, double scale, double rate, int stepNumber)
    {
        var (weights, slopes, m, v) = (weight.view(-1), gradient.reshape(-1), first.view(-1), second.view(-1));
        foreach (var (begin, count) in CachedPieces.Of(weight.numel()))
        {
            using var scope = NewDisposeScope();
            Update(weights.narrow(0, begin, count), slopes.narrow(0, begin, count).mul_(scale), m.narrow(0, begin, count), v.narrow(0, begin, count), rate, stepNumber);
        }
    }

    /// <summary>The same for any piece of a weight, with its moments from wherever they are kept; all but the gradient change in place.</summary>
    internal static void Update(Tensor weight, Tensor gradient, Tensor first, Tensor second, double rate, int stepNumber)
    {
        var (correction1, correction2) = (1 - Math.Pow(Beta1, stepNumber), 1 - Math.Pow(Beta2, stepNumber));
        first.mul_(Beta1).add_(gradient, 1 - Beta1);
        second.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
        var denominator = second.sqrt().div_(Math.Sqrt(correction2)).add_(Epsilon);
        weight.addcdiv_(first, denominator, -rate / correction1);
    }

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }
}
