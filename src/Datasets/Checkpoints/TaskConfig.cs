using System.Text.Json;
using System.Text.Json.Nodes;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>The config.json of a base model with another head: what a task asks of the architecture, and the labels.</summary>
public static class TaskConfig
{
    private static readonly string[] Endings = ["ForCausalLM", "LMHeadModel", "ForMaskedLM", "ForPreTraining", "ForSequenceClassification", "ForTokenClassification"];

    /// <summary>Last parts of the names of modules that belong to heads, in all families.</summary>
    public static readonly IReadOnlyList<string> HeadModules = ["score", "classifier", "pre_classifier", "pooler", "lm_head", "cls", "vocab_transform", "vocab_layer_norm", "vocab_projector"];

    /// <param name="labels">Of a classification.</param>
    /// <returns>The text to write; null when the task takes the model as it is.</returns>
    /// <exception cref="ModelConfigException">The family has no such head.</exception>
    public static string? For(string json, TuningTask task, LabelSet? labels)
    {
        var ending = task switch
        {
            TuningTask.Classification or TuningTask.Reward => "ForSequenceClassification",
            TuningTask.TokenClassification => "ForTokenClassification",
            _ => null,
        };
        if (ending is null || JsonNode.Parse(json) is not JsonObject config)
        {
            return null;
        }

        var names = labels?.Names ?? ["reward"];
        config["architectures"] = new JsonArray(Stem(ModelConfig.Parse(json).Architecture) + ending);
        config["id2label"] = new JsonObject(names.Select((name, id) => KeyValuePair.Create($"{id}", (JsonNode?)name)));
        config["label2id"] = new JsonObject(names.Distinct().Select((name, id) => KeyValuePair.Create(name, (JsonNode?)id)));
        config["problem_type"] = labels?.Problem switch
        {
            ProblemType.SingleLabel => "single_label_classification",
            ProblemType.MultiLabel => "multi_label_classification",
            _ => "regression",
        };
        config.Remove("num_labels");
        var text = config.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
        _ = ModelConfig.Parse(text);
        return text;
    }

    /// <summary>The modules of the head that a task trains, by the names that PEFT's modules_to_save has; none when it takes the model's own.</summary>
    /// <param name="modelType">The family.</param>
    public static IReadOnlyList<string> HeadOf(string modelType, TuningTask task) => (modelType, task) switch
    {
        (_, not (TuningTask.Classification or TuningTask.TokenClassification or TuningTask.Reward)) => [],
        ("bert", not TuningTask.TokenClassification) => ["classifier", "pooler"],
        ("distilbert", not TuningTask.TokenClassification) => ["pre_classifier", "classifier"],
        ("bert" or "roberta" or "distilbert", _) => ["classifier"],
        ("gpt2", TuningTask.TokenClassification) => ["classifier"],
        _ => ["score"],
    };

    private static string Stem(string architecture) => Endings.FirstOrDefault(ending => architecture.EndsWith(ending, StringComparison.Ordinal)) is { } ending ? architecture[..^ending.Length] : architecture;
}
