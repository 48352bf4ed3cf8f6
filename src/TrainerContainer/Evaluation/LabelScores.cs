using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Evaluation;

/// <summary>Precision, recall and F1 of each label; 0 where nothing was told or nothing was right.</summary>
public static class LabelScores
{
    /// <param name="told">The labels that the model gave each item.</param>
    /// <param name="right">Those that it has.</param>
    public static IReadOnlyList<LabelScore> Of(IReadOnlyList<string> names, IReadOnlyList<int[]> told, IReadOnlyList<int[]> right)
    {
        var (hits, given, there) = (new long[names.Count], new long[names.Count], new long[names.Count]);
        foreach (var (own, expected) in told.Zip(right))
        {
            foreach (var label in own)
            {
                given[label]++;
                hits[label] += expected.Contains(label) ? 1 : 0;
            }

            foreach (var label in expected)
            {
                there[label]++;
            }
        }

        return [.. names.Select((name, label) =>
        {
            var (precision, recall) = (Share(hits[label], given[label]), Share(hits[label], there[label]));
            return new LabelScore(name, there[label], precision, recall, precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall));
        })];
    }

    private static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
