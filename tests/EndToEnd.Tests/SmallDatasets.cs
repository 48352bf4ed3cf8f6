using System.Text.Json;
using ServerlessTuning.Testing;

namespace ServerlessTuning.EndToEnd.Tests;

/// <summary>Small chat datasets for runs that must take seconds.</summary>
internal static class SmallDatasets
{
    /// <summary>A folder with <c>train.jsonl</c> and <c>tuning.json</c>; questions about sums, so that there is something to learn.</summary>
    public static string Sums(int examples, object tuning, int seed = 1)
    {
        var folder = Repository.NewFolder();
        var random = new Random(seed);
        var lines = Enumerable.Range(0, examples).Select(_ => (A: random.Next(1000), B: random.Next(1000))).Distinct().Select(pair => JsonSerializer.Serialize(new
        {
            messages = new[]
            {
                new { role = "user", content = $"What is {pair.A} plus {pair.B}?" },
                new { role = "assistant", content = $"{pair.A} plus {pair.B} is {pair.A + pair.B}." },
            },
        }));
        File.WriteAllLines(Path.Combine(folder, "train.jsonl"), lines);
        File.WriteAllText(Path.Combine(folder, "tuning.json"), JsonSerializer.Serialize(tuning));
        return folder;
    }
}
