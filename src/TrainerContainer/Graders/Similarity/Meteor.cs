namespace ServerlessTuning.Trainer.Graders.Similarity;

/// <summary>
/// METEOR with exact matches only: no stems and no synonyms, which would need word lists of each language. F with α = 0.9, less a penalty of 0.5 · (chunks / matches)³ for
/// words out of order. Source: Banerjee and Lavie 2005; parameters and alignment (from the end, the last free word of the reference) as in NLTK.
/// </summary>
internal static class Meteor
{
    private const double Alpha = 0.9, Beta = 3, Gamma = 0.5;

    public static double Score(string[] said, string[] reference)
    {
        var matches = Align(said, reference);
        if (matches.Count == 0)
        {
            return 0;
        }

        var (precision, recall) = ((double)matches.Count / said.Length, (double)matches.Count / reference.Length);
        var mean = precision * recall / (Alpha * precision + (1 - Alpha) * recall);
        return mean * (1 - Gamma * Math.Pow((double)Chunks(matches) / matches.Count, Beta));
    }

    /// <summary>Positions that belong together, from the end of the answer to its start.</summary>
    private static List<(int Said, int Reference)> Align(string[] said, string[] reference)
    {
        var free = reference.Select((word, at) => (word, at)).GroupBy(pair => pair.word, pair => pair.at, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => new Stack<int>(group), StringComparer.Ordinal);
        List<(int, int)> matches = [];
        for (var i = said.Length - 1; i >= 0; i--)
        {
            if (free.TryGetValue(said[i], out var places) && places.TryPop(out var place))
            {
                matches.Add((i, place));
            }
        }

        return matches;
    }

    /// <summary>Runs that stand side by side, in order, in both texts.</summary>
    private static int Chunks(List<(int Said, int Reference)> matches)
    {
        var chunks = 1;
        for (var i = 1; i < matches.Count; i++)
        {
            chunks += matches[i - 1].Said == matches[i].Said + 1 && matches[i - 1].Reference == matches[i].Reference + 1 ? 0 : 1;
        }

        return chunks;
    }
}
