using System.Text.Json;

namespace ServerlessTuning.Recipes;

/// <summary>The verses of samples/datasets/verses in the forms that other tasks take.</summary>
public static class VerseForms
{
    /// <param name="verses">The folder of the dataset.</param>
    /// <param name="output">The folder of the datasets.</param>
    public static void Write(string verses, string output)
    {
        foreach (var split in new[] { "train", "valid", "test" })
        {
            var pairs = File.ReadLines(Path.Combine(verses, split + ".jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("messages"))
                .Select(messages => (Modern: messages[0].GetProperty("content").GetString()!, Old: messages[1].GetProperty("content").GetString()!)).ToList();
            Write(output, "verse-preferences", split, pairs.Select(pair => (object)new
            {
                input = new { messages = new[] { new { role = "user", content = pair.Modern } } },
                preferred_output = new[] { new { role = "assistant", content = pair.Old } },
                non_preferred_output = new[] { new { role = "assistant", content = pair.Modern } },
            }));
            Write(output, "brief-answers", split, pairs.Take(split == "train" ? 400 : 60).Select(pair => (object)new { messages = new[] { new { role = "user", content = pair.Modern } } }));
            Write(output, "verses-again", split, pairs.Skip(split == "train" ? 900 : 0).Select(pair => (object)new
            {
                messages = (object[])[new { role = "user", content = pair.Modern }, new { role = "assistant", content = pair.Old }],
            }));
        }
    }

    private static void Write(string output, string dataset, string split, IEnumerable<object> lines)
    {
        Directory.CreateDirectory(Path.Combine(output, dataset));
        File.WriteAllLines(Path.Combine(output, dataset, split + ".jsonl"), lines.Select(line => JsonSerializer.Serialize(line, RecipeJson.Options)));
    }
}
