using System.Text.Json;
using System.Text.Json.Nodes;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Trainer.Checkpoints;
using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Adapters;

/// <summary>
/// An adapter folder as PEFT reads and writes it: adapter_config.json beside adapter_model.safetensors. Only fields that every PEFT version knows are written.
/// Source: peft, docs/source/developer_guides/checkpoint.md.
/// </summary>
public static class AdapterFiles
{
    private const string Prefix = "base_model.model.";

    /// <param name="model">The model that it is attached to: gives the modules that are saved whole.</param>
    public static void Write(LoraAdapter adapter, PretrainedModel model, string baseModel, string folder)
    {
        Directory.CreateDirectory(folder);
        var config = adapter.Config;
        var json = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["task_type"] = TaskType(model.Config.Task),
            ["base_model_name_or_path"] = baseModel,
            ["inference_mode"] = true,
            ["r"] = config.Rank,
            ["lora_alpha"] = config.Alpha == Math.Floor(config.Alpha) ? (long)config.Alpha : config.Alpha,
            ["lora_dropout"] = config.Dropout,
            ["target_modules"] = new JsonArray([.. config.TargetModules.Select(name => JsonValue.Create(name))]),
            ["bias"] = "none",
            ["fan_in_fan_out"] = adapter.IsTransposed,
            ["init_lora_weights"] = true,
            ["modules_to_save"] = config.ModulesToSave is null ? null : new JsonArray([.. config.ModulesToSave.Select(name => JsonValue.Create(name))]),
        };
        if (config.RankStabilized)
        {
            json["use_rslora"] = true;
        }

        if (config.Decomposed)
        {
            json["use_dora"] = true;
        }

        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
        using var file = File.Create(Path.Combine(folder, "adapter_model.safetensors"));
        TensorFiles.Write(file, adapter.Parameters().Concat(Saved(model, config)).Select(item => (Prefix + item.Name, (Tensor)item.Parameter)), new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <summary>Reads an adapter and attaches it to its base model; modules that were saved whole replace the base's.</summary>
    /// <exception cref="AdapterException">The folder holds no adapter, one of a kind that is not built, or one of another base.</exception>
    public static LoraAdapter Attach(PretrainedModel model, string folder) => Attach(model, folder, plan: null);

    /// <summary>Reads an adapter to train it further.</summary>
    /// <param name="plan">How it is trained; its shape is the folder's own.</param>
    public static LoraAdapter Attach(PretrainedModel model, string folder, LoraConfig? plan)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var config = ReadConfig(folder);
        config = plan is null ? config : config with { QuantizedBase = plan.QuantizedBase, LoraPlusRatio = plan.LoraPlusRatio };
        using var weights = new MappedWeights(folder, ScalarType.Float32, trains: false, CPU, [Path.Combine(folder, "adapter_model.safetensors")]);
        foreach (var (name, parameter) in Saved(model, config))
        {
            parameter.copy_(weights.Shaped(Prefix + name, parameter.shape));
        }

        return LoraAdapter.Attach(model, config, (name, shape) => weights.Shaped(Prefix + name, shape));
    }

    /// <summary>adapter_config.json as a plan.</summary>
    public static LoraConfig ReadConfig(string folder)
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

        return new(json["r"]!.GetValue<int>(), json["lora_alpha"]!.GetValue<double>(), json["lora_dropout"]?.GetValue<double>() ?? 0, Names(json["target_modules"]!),
            json["use_rslora"]?.GetValue<bool>() ?? false, json["use_dora"]?.GetValue<bool>() ?? false, json["modules_to_save"] is { } saved ? Names(saved) : null);
    }

    /// <summary>Fields that change an adapter's numbers, with the only value that is built.</summary>
    private static readonly (string Field, string Neutral)[] Unbuilt =
    [
        ("peft_type", "\"LORA\""), ("bias", "\"none\""), ("lora_bias", "false"), ("rank_pattern", "null"), ("alpha_pattern", "null"), ("layers_to_transform", "null"),
        ("layer_replication", "null"), ("exclude_modules", "null"), ("trainable_token_indices", "null"), ("target_parameters", "null"),
    ];

    private static IReadOnlyList<string> Names(JsonNode names) => names is JsonArray list ? [.. list.Select(name => name!.GetValue<string>())] : [names.GetValue<string>()];

    private static IEnumerable<(string Name, TorchSharp.Modules.Parameter Parameter)> Saved(PretrainedModel model, LoraConfig config) =>
        config.ModulesToSave is not { Count: > 0 } modules ? [] : model.Parameters.Where(item => Trains.Modules(modules).Includes(item.Name));

    private static string TaskType(ModelTask task) => task switch
    {
        ModelTask.SequenceClassification => "SEQ_CLS",
        ModelTask.TokenClassification => "TOKEN_CLS",
        ModelTask.SequenceToSequence => "SEQ_2_SEQ_LM",
        _ => "CAUSAL_LM",
    };
}
