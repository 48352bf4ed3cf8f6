using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ServerlessTuning.Trainer.Models;

/// <summary>
/// Dropout of what enters the first block, of what blocks add, and of what a classifier sees; attention's probabilities stay whole. What is dropped is a function of seed, layer
/// and place: a block that is computed again drops the same, and the same call carries a gradient back. Source: Srivastava et al. 2014; where, as transformers' modeling files.
/// </summary>
/// <param name="Share">Probability that a number becomes 0; the others grow by 1 / (1 − share).</param>
/// <param name="Seed">Of this micro-batch.</param>
public sealed record HiddenDropout(double Share, long Seed)
{
    private const int Embedding = -1, Classifier = -2;

    public Tensor OfEmbedding(Tensor x) => Of(x, Embedding, 0);

    public Tensor OfClassified(Tensor x) => Of(x, Classifier, 0);

    /// <param name="x">Any shape.</param>
    /// <param name="place">Inside the layer.</param>
    public Tensor Of(Tensor x, int layer, int place)
    {
        manual_seed(RandomSeeds.For((int)Seed, layer, place, 0, "hidden dropout"));
        return functional.dropout(x, Share, training: true);
    }
}
