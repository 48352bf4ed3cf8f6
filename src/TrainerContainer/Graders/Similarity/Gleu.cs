namespace ServerlessTuning.Trainer.Graders.Similarity;

/// <summary>Google's BLEU for single sentences: the smaller of precision and recall over all 1- to 4-grams together. Source: Wu et al. 2016, arXiv:1609.08144, section 5.2.</summary>
internal static class Gleu
{
    private const int Orders = 4;

    public static double Score(string[] said, string[] reference)
    {
        var (matches, most) = (0L, (Said: 0L, Reference: 0L));
        for (var n = 1; n <= Orders; n++)
        {
            var (grams, wanted) = (new NGrams(said, n), new NGrams(reference, n));
            matches += grams.InCommon(wanted);
            most = (most.Said + grams.Total, most.Reference + wanted.Total);
        }

        return matches == 0 ? 0 : (double)matches / Math.Max(most.Said, most.Reference);
    }
}
