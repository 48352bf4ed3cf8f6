using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>
/// Noise on the embeddings of a training batch: uniform in ±α / √(L·C), L the tokens of the sequence. Source: Jain et al. 2023, arXiv:2310.05914, algorithm 1.
/// </summary>
internal static class EmbeddingNoise
{
    /// <param name="width">C.</param>
    /// <returns>(N, C), float32.</returns>
    public static Tensor Like(TokenInput input, int width, double alpha, long seed)
    {
        var lengths = ((PackedSequences)input.Attention).Lengths;
        var bounds = lengths.SelectMany(length => Enumerable.Repeat((float)(alpha / Math.Sqrt((double)length * width)), length)).ToArray();
        manual_seed(RandomSeeds.For((int)seed, "neftune"));
        var uniform = rand([bounds.Length, width], dtype: ScalarType.Float32, device: input.Ids.device) * 2 - 1;
        return uniform * tensor(bounds, dtype: ScalarType.Float32, device: input.Ids.device).unsqueeze(-1);
    }
}
