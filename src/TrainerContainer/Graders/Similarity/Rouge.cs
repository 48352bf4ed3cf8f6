namespace ServerlessTuning.Trainer.Graders.Similarity;

/// <summary>F1 of n-grams in common, or of the longest common subsequence. Source: Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries".</summary>
internal static class Rouge
{
    public static double Score(int n, string[] said, string[] reference)
    {
        var (grams, wanted) = (new NGrams(said, n), new NGrams(reference, n));
        return F(grams.InCommon(wanted), grams.Total, wanted.Total);
    }

    public static double Longest(string[] said, string[] reference) => F(CommonSubsequence.Length(said, reference), said.Length, reference.Length);

    /// <summary>2 P R / (P + R) with P = matches / said and R = matches / reference.</summary>
    private static double F(long matches, int said, int reference) => matches == 0 ? 0 : 2.0 * matches / (said + reference);
}
