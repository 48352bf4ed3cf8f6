namespace ServerlessTuning.Trainer.Graders.Similarity;

/// <summary>
/// BLEU of one sentence: geometric mean of the precisions of 1- to 4-grams times a penalty for brevity. Source: Papineni et al. 2002; as sacreBLEU's sentence_bleu
/// has it: the k-th order without a match counts 1 / (2^k · its n-grams) ("exp" smoothing, from mteval-v13a), and orders longer than the answer do not count.
/// </summary>
internal static class Bleu
{
    private const int Orders = 4;

    public static double Score(string[] said, string[] reference)
    {
        var (logs, halvings, orders, found) = (0.0, 0, 0, false);
        for (var n = 1; n <= Math.Min(Orders, said.Length); n++, orders++)
        {
            var grams = new NGrams(said, n);
            var matches = grams.InCommon(new(reference, n));
            found |= matches > 0;
            logs += Math.Log((matches > 0 ? matches : Math.Pow(0.5, ++halvings)) / grams.Total);
        }

        return found ? Math.Min(1, Math.Exp(1 - (double)reference.Length / said.Length)) * Math.Exp(logs / orders) : 0;
    }
}
