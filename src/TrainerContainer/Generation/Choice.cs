using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Generation;

/// <summary>Chooses the next token of each sequence from its logits.</summary>
internal static class Choice
{
    /// <param name="logits">(B, V), float32.</param>
    /// <param name="seen">What each sequence holds already, prompt and answer.</param>
    /// <param name="step">Tokens answered so far.</param>
    public static int[] Of(Tensor logits, IReadOnlyList<IEnumerable<int>> seen, int step, GenerationOptions options)
    {
        using var scope = NewDisposeScope();
        var scores = options.RepetitionPenalty == 1 ? logits : Penalized(logits, seen, options.RepetitionPenalty);
        var ids = options.Temperature == 0 ? scores.argmax(-1) : Drawn(scores / options.Temperature, step, options);
        return [.. ids.to(ScalarType.Int64).cpu().data<long>().ToArray().Select(id => (int)id)];
    }

    private static Tensor Penalized(Tensor logits, IReadOnlyList<IEnumerable<int>> seen, double penalty)
    {
        var result = logits.clone();
        foreach (var (row, ids) in seen.Index())
        {
            var places = tensor(ids.Distinct().Select(id => (long)id).ToArray(), dtype: ScalarType.Int64, device: logits.device);
            var own = logits[row].index_select(0, places);
            result[row].index_copy_(0, places, own.gt(0).to(ScalarType.Float32) * (own / penalty) + own.le(0).to(ScalarType.Float32) * (own * penalty));
        }

        return result;
    }

    /// <summary>
    /// From the likeliest downward: what top-k, top-p and min-p leave keeps its share, and a number drawn for this sequence and step falls into one token's share.
    /// </summary>
    private static Tensor Drawn(Tensor scores, int step, GenerationOptions options)
    {
        var (sorted, order) = scores.sort(-1, descending: true);                                      // (B, V)
        if (options.TopK > 0 && options.TopK < sorted.shape[1])
        {
            sorted = sorted.masked_fill(sorted.lt(sorted.narrow(1, options.TopK - 1, 1)), float.NegativeInfinity);
        }

        var share = sorted.softmax(-1);
        if (options.TopP < 1)
        {
            share = Normed(share * (share.cumsum(-1) - share).lt(options.TopP).to(ScalarType.Float32)); // the token that crosses the line stays
        }

        if (options.MinP > 0)
        {
            share = Normed(share * share.ge(share.narrow(1, 0, 1) * options.MinP).to(ScalarType.Float32));
        }

        var drawn = tensor(Enumerable.Range(0, (int)scores.shape[0]).Select(row => (float)RandomSeeds.Uniform(options.Seed, step, options.FirstRow + row, "sampling")).ToArray(), dtype: ScalarType.Float32, device: scores.device);
        var place = share.cumsum(-1).le(drawn.unsqueeze(-1)).sum(-1, keepdim: true);                  // (B, 1): how many shares lie below
        var last = share.gt(0).sum(-1, keepdim: true) - 1;                                            // rounding may leave the sum below 1
        return order.gather(1, place.minimum(last)).squeeze(-1);
    }

    private static Tensor Normed(Tensor share) => share / share.sum(-1, keepdim: true);
}
