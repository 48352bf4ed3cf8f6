using System.Text.Json;
using System.Text.Json.Nodes;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Trainer.Models;

namespace ServerlessTuning.Trainer.Adapters;

/// <summary>
/// <c>adapter_config.json</c> as PEFT reads and writes it. Fields that not every PEFT version knows are written only when they say something.
/// Source: peft, docs/source/developer_guides/checkpoint.md and tuners/lora/config.py.
/// </summary>
internal static class AdapterConfigFile
{
    private static readonly JsonSerializerOptions indented = new() { WriteIndented = true };

    public static void Write(string folder, LoraConfig config, LoraAdapter adapter, string baseModel, ModelTask task)
    {
        var json = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["task_type"] = TaskType(task),
            ["base_model_name_or_path"] = baseModel,
            ["inference_mode"] = true,
            ["r"] = config.Rank,
            ["lora_alpha"] = Number(config.Alpha),
            ["lora_dropout"] = config.Dropout,
            ["target_modules"] = Targets(config, adapter),
            ["bias"] = "none",
            ["fan_in_fan_out"] = adapter.IsTransposed,
            ["init_lora_weights"] = true,
            ["modules_to_save"] = List(config.ModulesToSave),
        };
        WriteUnless(!config.RankStabilized, "use_rslora", true);
        WriteUnless(!config.Decomposed, "use_dora", true);
        WriteUnless(config.Layers is null, "layers_to_transform", List(config.Layers));
        WriteUnless(config.RankPattern is null, "rank_pattern", JsonSerializer.SerializeToNode(config.RankPattern));
        WriteUnless(config.AlphaPattern is null, "alpha_pattern", JsonSerializer.SerializeToNode(config.AlphaPattern));
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), json.ToJsonString(indented) + "\n");

        void WriteUnless(bool isDefault, string field, JsonNode? value)
        {
            if (!isDefault)
            {
                json[field] = value;
            }
        }
    }

    /// <exception cref="ModelConfigException">A field changes an adapter's numbers in a way that is not built.</exception>
    public static LoraConfig Read(string folder)
    {
        var path = Path.Combine(folder, "adapter_config.json");
        var json = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))!.AsObject() : throw BaseModelException.NotAnAdapter(folder);
        foreach (var (field, neutral) in Unbuilt)
        {
            if (json[field] is { } found && found.ToJsonString() != neutral && found.ToJsonString() is not ("{}" or "[]"))
            {
                throw new ModelConfigException($"(adapter) {field}", found.ToJsonString(), $"{neutral}; other values are not built");
            }
        }

        return new(json["r"]!.GetValue<int>(), json["lora_alpha"]!.GetValue<double>(), json["lora_dropout"]?.GetValue<double>() ?? 0, Values<string>(json["target_modules"])!,
            json["use_rslora"]?.GetValue<bool>() ?? false, json["use_dora"]?.GetValue<bool>() ?? false, Values<string>(json["modules_to_save"]),
            Layers: Values<int>(json["layers_to_transform"]), RankPattern: Pattern<int>(json["rank_pattern"]), AlphaPattern: Pattern<double>(json["alpha_pattern"]));
    }

    /// <summary>Fields that change an adapter's numbers, with the only value that is built.</summary>
    private static readonly (string Field, string Neutral)[] Unbuilt =
    [
        ("peft_type", "\"LORA\""), ("bias", "\"none\""), ("lora_bias", "false"), ("layers_pattern", "null"),
        ("layer_replication", "null"), ("exclude_modules", "null"), ("trainable_token_indices", "null"), ("target_parameters", "null"),
    ];

    /// <summary>PEFT takes a list as names and a text as a regular expression; a list may not hold <c>all-linear</c>, so the names it stood for are written.</summary>
    private static JsonNode Targets(LoraConfig config, LoraAdapter adapter) => config.TargetModules is [var only] && LoraConfig.IsPattern(only) ? JsonValue.Create(only)
        : List(config.TargetModules.Contains("all-linear") ? adapter.Layers.Select(layer => layer.Name.Split('.')[^1]).Distinct() : config.TargetModules)!;

    private static JsonArray? List<T>(IEnumerable<T>? values) => values is null ? null : new JsonArray([.. values.Select(value => JsonValue.Create(value))]);

    private static JsonValue Number(double value) => value == Math.Floor(value) ? JsonValue.Create((long)value) : JsonValue.Create(value);

    /// <summary>A list, or a lone value as a list of one; null for none.</summary>
    private static IReadOnlyList<T>? Values<T>(JsonNode? node) => node switch
    {
        JsonArray { Count: 0 } or null => null,
        JsonArray list => [.. list.Select(value => value!.GetValue<T>())],
        _ => [node.GetValue<T>()],
    };

    private static Dictionary<string, T>? Pattern<T>(JsonNode? node) =>
        node is JsonObject { Count: > 0 } pattern ? pattern.ToDictionary(item => item.Key, item => item.Value!.GetValue<T>()) : null;

    private static string TaskType(ModelTask task) => task switch
    {
        ModelTask.SequenceClassification => "SEQ_CLS",
        ModelTask.TokenClassification => "TOKEN_CLS",
        ModelTask.SequenceToSequence => "SEQ_2_SEQ_LM",
        _ => "CAUSAL_LM",
    };
}
