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

    public static void Write(LoraAdapter adapter, string baseModel, string folder)
    {
        Directory.CreateDirectory(folder);
        var config = adapter.Config;
        var json = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["task_type"] = "CAUSAL_LM",
            ["base_model_name_or_path"] = baseModel,
            ["inference_mode"] = true,
            ["r"] = config.Rank,
            ["lora_alpha"] = config.Alpha == Math.Floor(config.Alpha) ? (long)config.Alpha : config.Alpha,
            ["lora_dropout"] = config.Dropout,
            ["target_modules"] = new JsonArray([.. config.TargetModules.Select(name => JsonValue.Create(name))]),
            ["bias"] = "none",
            ["fan_in_fan_out"] = adapter.IsTransposed,
            ["init_lora_weights"] = true,
            ["modules_to_save"] = null,
        };
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
        using var file = File.Create(Path.Combine(folder, "adapter_model.safetensors"));
        TensorFiles.Write(file, adapter.Parameters().Select(item => (Prefix + item.Name, (Tensor)item.Parameter)), new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <summary>Reads an adapter and attaches it to its base model.</summary>
    public static LoraAdapter Attach(PretrainedModel model, string folder)
    {
        using var scope = NewDisposeScope();
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "adapter_config.json")))!.AsObject();
        using var weights = new MappedWeights(folder, ScalarType.Float32, trains: false, CPU, [Path.Combine(folder, "adapter_model.safetensors")]);
        return LoraAdapter.Attach(model, Config(json), (name, _) => weights.Stored(Prefix + name));
    }

    private static LoraConfig Config(JsonObject json)
    {
        if (json["use_dora"]?.GetValue<bool>() == true || json["use_rslora"]?.GetValue<bool>() == true)
        {
            throw new ModelConfigException("use_dora / use_rslora", "true", "plain LoRA");
        }

        return new(json["r"]!.GetValue<int>(), json["lora_alpha"]!.GetValue<double>(), json["lora_dropout"]?.GetValue<double>() ?? 0,
            [.. json["target_modules"]!.AsArray().Select(name => name!.GetValue<string>())]);
    }
}
