using System.Text.Json;
using ServerlessTuning.Datasets.Templates;
using ServerlessTuning.Datasets.Tokenization;
using ServerlessTuning.Trainer.Models;

namespace ServerlessTuning.Trainer.Evaluation;

/// <summary>A model folder's text side: tokenizer, chat template, and which tokens end an answer.</summary>
/// <param name="Template">Null when the model has none; prompts are then given as they stand.</param>
/// <param name="StopIds">Of config.json, generation_config.json, the tokenizer, and what the template puts behind an answer.</param>
public sealed record ModelText(ModelTokenizer Tokenizer, ChatTemplate? Template, IReadOnlySet<int> StopIds)
{
    /// <exception cref="BaseModelException">There is no tokenizer, or one of another model.</exception>
    public static ModelText Load(string folder)
    {
        var json = TokenizerFolder.Json(folder) ?? throw BaseModelException.NotAModel(folder, "tokenizer.json");
        var config = Text("tokenizer_config.json");
        var tokenizer = ModelTokenizer.FromJson(json, config);
        var template = ChatTemplate.FromFolder(folder);
        var model = ModelFolder.ReadConfig(folder);
        if (tokenizer.VocabularySize > model.VocabSize)
        {
            throw BaseModelException.TokenizerTooLarge(folder, tokenizer.VocabularySize, model.VocabSize);
        }

        HashSet<int> stop = [.. model.EosTokenIds, .. GenerationStops(Text("generation_config.json"))];
        if (tokenizer.EosId is { } eos)
        {
            stop.Add(eos);
        }

        if (template is not null && EndOfTurn(template, tokenizer) is { } end)
        {
            stop.Add(end);
        }

        return new(tokenizer, template, stop);

        string? Text(string name) => File.Exists(Path.Combine(folder, name)) ? File.ReadAllText(Path.Combine(folder, name)) : null;
    }

    /// <summary>What the model is given when a person asks.</summary>
    public string Render(string prompt) => Template?.Render([new ChatMessage("user", prompt)], addGenerationPrompt: true) ?? prompt;

    /// <summary>Tokens as a person reads them.</summary>
    public string Read(IEnumerable<int> ids) => Tokenizer.Decode(ids, skipSpecialTokens: true).Trim();

    /// <summary>The first special token behind an answer, such as <c>&lt;|im_end|&gt;</c>, which need not be the end of the sequence.</summary>
    private static int? EndOfTurn(ChatTemplate template, ModelTokenizer tokenizer)
    {
        var answer = template.Segments([new("user", "question"), new("assistant", "answer")]).Last(segment => segment.Supervised);
        var special = tokenizer.Encode(answer.Text).Where(tokenizer.IsSpecial).ToList();
        return special.Count > 0 ? special[0] : null;
    }

    private static IEnumerable<int> GenerationStops(string? json)
    {
        if (json is null)
        {
            return [];
        }

        using var document = JsonDocument.Parse(json);
        return !document.RootElement.TryGetProperty("eos_token_id", out var ids) ? []
            : ids.ValueKind == JsonValueKind.Number ? [ids.GetInt32()]
            : ids.ValueKind == JsonValueKind.Array ? [.. ids.EnumerateArray().Select(id => id.GetInt32())] : [];
    }
}
