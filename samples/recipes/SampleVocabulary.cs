using System.Text.Json;
using System.Text.Json.Nodes;
using ServerlessTuning.Datasets.Tokenization;

namespace ServerlessTuning.Recipes;

/// <summary>The folder of a sample model but its weights: a vocabulary of its own, with the special tokens that its family needs.</summary>
public static class SampleVocabulary
{
    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="texts">To learn it from.</param>
    /// <param name="before">What stands in front of every text; null for nothing.</param>
    /// <param name="after">What stands behind it.</param>
    public static void Write(IEnumerable<string> texts, int size, IReadOnlyList<string> special, string? before, string after, string folder)
    {
        var trainer = new BpeTrainer();
        foreach (var text in texts)
        {
            trainer.Add(text);
        }

        var json = JsonNode.Parse(trainer.Train(size, special))!;
        var ids = special.Index().ToDictionary(token => token.Item, token => size - special.Count + token.Index);
        JsonObject Token(string token) => new() { ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = 0 } };
        json["post_processor"] = new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray([.. before is null ? Array.Empty<JsonNode>() : [Token(before)], new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } }, Token(after)]),
            ["pair"] = new JsonArray(),
            ["special_tokens"] = new JsonObject(new[] { before, after }.OfType<string>().Select(token => KeyValuePair.Create(token,
                (JsonNode?)new JsonObject { ["id"] = token, ["ids"] = new JsonArray(ids[token]), ["tokens"] = new JsonArray(token) }))),
        };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), json.ToJsonString(Written) + "\n");
    }
}
