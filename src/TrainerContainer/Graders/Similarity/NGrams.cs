namespace ServerlessTuning.Trainer.Graders.Similarity;

/// <summary>The runs of n words of a text, counted.</summary>
internal sealed class NGrams
{
    private readonly Dictionary<string, int> counts = new(StringComparer.Ordinal);

    public NGrams(string[] words, int n)
    {
        Total = Math.Max(0, words.Length - n + 1);
        for (var i = 0; i < Total; i++)
        {
            var gram = string.Join(' ', words, i, n); // no word has a space in it
            counts[gram] = counts.GetValueOrDefault(gram) + 1;
        }
    }

    public int Total { get; }

    public IReadOnlyDictionary<string, int> Counts => counts;

    /// <summary>How many both have, each as often as the one that has it less often.</summary>
    public long InCommon(NGrams other) => counts.Sum(gram => (long)Math.Min(gram.Value, other.counts.GetValueOrDefault(gram.Key)));
}
