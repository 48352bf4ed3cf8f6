using System.Text.RegularExpressions;

namespace ServerlessTuning.Recipes;

/// <summary>Words counted by class, with one added to each count: the classifier that a tuned model must not be worse than. McCallum and Nigam 1998, multinomial form.</summary>
public sealed partial class NaiveBayes
{
    private readonly Dictionary<string, long>[] counts = [new(StringComparer.Ordinal), new(StringComparer.Ordinal)];
    private readonly long[] texts = new long[2], words = new long[2];
    private readonly HashSet<string> vocabulary = new(StringComparer.Ordinal);

    public void Learn(string text, bool isSpam)
    {
        var own = isSpam ? 1 : 0;
        texts[own]++;
        foreach (var word in Words(text))
        {
            counts[own][word] = counts[own].GetValueOrDefault(word) + 1;
            words[own]++;
            vocabulary.Add(word);
        }
    }

    public bool IsSpam(string text) => Score(text, 1) > Score(text, 0);

    private double Score(string text, int own) => Math.Log(texts[own]) + Words(text).Where(vocabulary.Contains)
        .Sum(word => Math.Log((counts[own].GetValueOrDefault(word) + 1.0) / (words[own] + vocabulary.Count)));

    private static IEnumerable<string> Words(string text) => Word().Matches(text.ToLowerInvariant()).Select(match => match.Value);

    [GeneratedRegex(@"[\p{L}\p{N}$!']+")]
    private static partial Regex Word();
}
