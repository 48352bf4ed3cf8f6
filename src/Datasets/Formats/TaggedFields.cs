using System.Text;
using System.Text.Json;
using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Formats;

/// <summary><c>{"tokens": […], "tags": […]}</c>, also under the name <c>ner_tags</c>: words, and a name for each.</summary>
internal static class TaggedFields
{
    public static void Read(JsonElement fields, ExampleRecord example, LineProblems problems)
    {
        var tagField = fields.TryGetProperty("ner_tags", out var tags) ? "ner_tags" : "tags";
        if (!fields.TryGetProperty("tokens", out var words) || words.ValueKind != JsonValueKind.Array)
        {
            problems.Add("tokens", "no list of words", "an object with \"tokens\" and \"tags\"", "Write \"tokens\": [\"a\", \"word\"], \"tags\": [\"DT\", \"NN\"].");
        }
        else if ((tagField == "tags" && !fields.TryGetProperty("tags", out tags)) || tags.ValueKind != JsonValueKind.Array)
        {
            problems.Add(tagField, "no list of tags", "a tag for each word", "Write \"tags\": [\"DT\", \"NN\"].");
        }
        else if (words.GetArrayLength() != tags.GetArrayLength() || words.GetArrayLength() == 0)
        {
            problems.Add(tagField, $"{tags.GetArrayLength()} tags for {words.GetArrayLength()} words", "a tag for each of at least one word", "Correct the line, or remove it.");
        }
        else
        {
            foreach (var (i, (word, tag)) in words.EnumerateArray().Zip(tags.EnumerateArray()).Index())
            {
                Add(word, tag, i, tagField, example, problems);
            }
        }
    }

    private static void Add(JsonElement word, JsonElement tag, int i, string tagField, ExampleRecord example, LineProblems problems)
    {
        var name = tag.ValueKind == JsonValueKind.String ? tag.GetString()! : tag.ValueKind == JsonValueKind.Number ? tag.GetRawText() : "";
        if (name.Length == 0)
        {
            problems.Add($"{tagField}[{i}]", LabeledFields.Describe(tag), "a name or a number", "Write the tag.");
        }
        else if (LabeledFields.Text(word, $"tokens[{i}]", example, problems) is { } content)
        {
            example.AddLabel(name);
            example.Add(new(Role.Word, content, Supervised: true, Name: example.Append(Encoding.UTF8.GetBytes(name))));
        }
    }
}
