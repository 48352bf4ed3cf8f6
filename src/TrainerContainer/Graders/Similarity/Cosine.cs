namespace ServerlessTuning.Trainer.Graders.Similarity;

/// <summary>Cosine of the angle between the texts' word counts (a bag of words: order says nothing, and no word is like another).</summary>
internal static class Cosine
{
    public static double Score(string[] said, string[] reference)
    {
        var (a, b) = (new NGrams(said, 1).Counts, new NGrams(reference, 1).Counts);
        var dot = a.Sum(word => (double)word.Value * b.GetValueOrDefault(word.Key));
        return dot == 0 ? 0 : Math.Min(1, dot / Math.Sqrt(Square(a) * Square(b))); // rounding may lead past 1

        static double Square(IReadOnlyDictionary<string, int> counts) => counts.Values.Sum(count => (double)count * count);
    }
}
