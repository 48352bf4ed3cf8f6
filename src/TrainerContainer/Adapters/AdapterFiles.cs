using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Checkpoints;
using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Adapters;

/// <summary>An adapter folder as PEFT reads and writes it: adapter_config.json beside adapter_model.safetensors. Source: peft, docs/source/developer_guides/checkpoint.md.</summary>
public static class AdapterFiles
{
    private const string Prefix = "base_model.model.";

    /// <summary>Writes an ordinary LoRA over the untouched base, whatever training started from.</summary>
    /// <param name="model">The model that it is attached to: gives the modules that are saved whole.</param>
    public static void Write(LoraAdapter adapter, PretrainedModel model, string baseModel, string folder)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        Directory.CreateDirectory(folder);
        AdapterConfigFile.Write(folder, Ordinary(adapter.Config), adapter, baseModel, model.Config.Task);
        var saved = Saved(model, adapter.Config).Select(item => (item.Name, (Tensor)item.Parameter));
        using var file = File.Create(Path.Combine(folder, "adapter_model.safetensors"));
        TensorFiles.Write(file, adapter.OrdinaryWeights().Concat(saved).Select(item => (Prefix + item.Name, item.Item2)), new Dictionary<string, string> { ["format"] = "pt" });
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
    public static LoraConfig ReadConfig(string folder) => AdapterConfigFile.Read(folder);

    /// <summary>A start that is not zero is taken back by as many ranks more; α grows so that the scale stays.</summary>
    private static LoraConfig Ordinary(LoraConfig config)
    {
        var growth = config.RankStabilized ? Math.Sqrt(2) : 2;
        return config.Init == AdapterInit.Default ? config : config with
        {
            Init = AdapterInit.Default,
            Rank = 2 * config.Rank,
            Alpha = growth * config.Alpha,
            RankPattern = config.RankPattern?.ToDictionary(item => item.Key, item => 2 * item.Value),
            AlphaPattern = config.AlphaPattern?.ToDictionary(item => item.Key, item => growth * item.Value),
        };
    }

    private static IEnumerable<(string Name, TorchSharp.Modules.Parameter Parameter)> Saved(PretrainedModel model, LoraConfig config) =>
        config.ModulesToSave is not { Count: > 0 } modules ? [] : model.Parameters.Where(item => Trains.Modules(modules).Includes(item.Name));
}
