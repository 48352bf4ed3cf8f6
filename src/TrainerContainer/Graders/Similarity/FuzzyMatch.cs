namespace ServerlessTuning.Trainer.Graders.Similarity;

/// <summary>
/// Share of characters that need neither be inserted nor deleted to make one text of the other: 2 · longest common subsequence / characters of both.
/// Is rapidfuzz's fuzz.ratio divided by 100; characters are code points.
/// </summary>
internal static class FuzzyMatch
{
    public static double Score(string said, string reference)
    {
        int[] a = [.. said.EnumerateRunes().Select(rune => rune.Value)], b = [.. reference.EnumerateRunes().Select(rune => rune.Value)];
        return a.Length + b.Length == 0 ? 1 : 2.0 * CommonSubsequence.Length(a, b) / (a.Length + b.Length);
    }
}
