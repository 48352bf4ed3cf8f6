using ServerlessTuning.Trainer.Quantization;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>
/// AdamW whose moments are kept in eight bits: 2 bytes a weight and a scale for each 256. The arithmetic is float32, a piece of the weight at a time, so
/// that the moments never exist whole. Source: Dettmers et al. 2021, arXiv:2110.02861.
/// </summary>
/// <param name="like">The weight that learns.</param>
public sealed class AdamW8Bit(Tensor like) : IUpdateRule
{
    /// <summary>Smaller weights keep float32 moments: they cost little, and norms and biases suffer most from rounding. As in bitsandbytes.</summary>
    public const long SmallestElements = 4096;

    private readonly BlockwiseCodes first = new(like.numel(), isSigned: true, like.device), second = new(like.numel(), isSigned: false, like.device);

    public IEnumerable<(string Name, Tensor Tensor)> State =>
        [("exp_avg", first.Codes), ("exp_avg.absmax", first.Absmax), ("exp_avg_sq", second.Codes), ("exp_avg_sq.absmax", second.Absmax)];

    public void Update(Tensor weight, Tensor gradient, double scale, double rate, int stepNumber)
    {
        var (weights, slopes) = (weight.view(-1), gradient.reshape(-1));
        foreach (var (begin, count) in CachedPieces.Of(weights.numel()))
        {
            using var scope = NewDisposeScope();
            var (m, v) = (first.Read(begin, count), second.Read(begin, count));
            AdamW.Update(weights.narrow(0, begin, count), slopes.narrow(0, begin, count).mul_(scale), m, v, rate, stepNumber);
            first.Write(begin, m);
            second.Write(begin, v);
        }
    }

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }
}
