using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Adapters;

/// <summary>The low-rank updates of a whole model.</summary>
public sealed class LoraAdapter
{
    private const string Magnitude = "lora_magnitude_vector";
    private readonly SortedDictionary<string, (Projection Projection, LowRank Update)> layers = new(StringComparer.Ordinal);

    private LoraAdapter(LoraConfig config) => Config = config;

    public LoraConfig Config { get; }

    /// <summary>By the adapted layer's name in the checkpoint, in ordinal order.</summary>
    public IEnumerable<(string Name, LowRank Update)> Layers => layers.Select(layer => (layer.Key, layer.Value.Update));

    /// <summary>The adapted layers store their matrices (in, out): PEFT's fan_in_fan_out.</summary>
    public bool IsTransposed => layers.Values.Any(layer => layer.Projection.Transposed);

    /// <summary>What trains, named as PEFT names it below the layer: <c>{layer}.lora_A.weight</c>, <c>{layer}.lora_B.weight</c>, <c>{layer}.lora_magnitude_vector</c>.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> Parameters()
    {
        foreach (var (name, update) in Layers)
        {
            yield return ($"{name}.lora_A.weight", update.A);
            yield return ($"{name}.lora_B.weight", update.B);
            if (update.Magnitude is { } magnitude)
            {
                yield return ($"{name}.{Magnitude}", magnitude);
            }
        }
    }

    /// <summary>False: the base model alone.</summary>
    public bool Enabled
    {
        set
        {
            foreach (var (_, update) in layers.Values)
            {
                update.Enabled = value;
            }
        }
    }

    /// <summary>Seed of the dropout of one micro-batch; null outside training.</summary>
    public long? DropoutSeed
    {
        set
        {
            foreach (var (_, update) in layers.Values)
            {
                update.DropoutSeed = value;
            }
        }
    }

    /// <summary>A new adapter: A Kaiming-uniform with a = √5, B zero, so that training starts exactly at the base model (PEFT's and the paper's start).</summary>
    /// <exception cref="AdapterException">No layer of the model has one of the target names.</exception>
    public static LoraAdapter Attach(PretrainedModel model, LoraConfig config, int seed) => Attach(model, config, (name, shape) =>
    {
        if (!name.EndsWith("lora_A.weight", StringComparison.Ordinal))
        {
            return name.EndsWith("lora_B.weight", StringComparison.Ordinal) ? zeros(shape) : null;
        }

        manual_seed(RandomSeeds.For(seed, name));
        var bound = Math.Sqrt(1.0 / shape[1]);                                     // √(6 / ((1 + a²) · fan_in)) at a = √5
        return rand(shape) * (2 * bound) - bound;
    });

    /// <param name="weights">Gives A, B and a magnitude by name and shape, float32; null for a magnitude means the length of the base's own rows.</param>
    public static LoraAdapter Attach(PretrainedModel model, LoraConfig config, Func<string, long[], Tensor?> weights)
    {
        using var scope = NewDisposeScope();
        var adapter = new LoraAdapter(config);
        foreach (var (name, projection) in model.Projections.Where(item => config.TargetModules.Any(target => IsTarget(item.Name, target))))
        {
            var (output, input) = (projection.Output, projection.Input);
            var (a, b) = (weights($"{name}.lora_A.weight", [config.Rank, input])!, weights($"{name}.lora_B.weight", [output, config.Rank])!);
            var magnitude = config.Decomposed ? weights($"{name}.{Magnitude}", [output]) ?? Lengths(projection) : null;
            var update = new LowRank(Trains(a), Trains(b), magnitude is null ? null : Trains(magnitude), config.Scaling, config.Dropout, adapter.layers.Count, projection.Transposed);
            projection.Adapter = update;
            adapter.layers.Add(name, (projection, update));
        }

        return adapter.layers.Count > 0 ? adapter : throw new AdapterException(config.TargetModules, model.Projections.Select(item => item.Name));

        Parameter Trains(Tensor tensor)
        {
            var parameter = new Parameter(tensor.to(ScalarType.Float32, model.Device));
            parameter.DetachFromDisposeScope();
            return parameter;
        }
    }

    /// <summary>‖W‖ of each row: with B = 0 the decomposed layer starts as the base's.</summary>
    private static Tensor Lengths(Projection projection)
    {
        var w = projection.Weight().to(ScalarType.Float32);
        return w.square().sum([projection.Transposed ? 0L : -1L]).sqrt();         // (out)
    }

    /// <summary>As PEFT matches a list of names: the whole name, or its last parts; <c>all-linear</c> is every one of them.</summary>
    private static bool IsTarget(string name, string target) => target == "all-linear" || name == target || name.EndsWith($".{target}", StringComparison.Ordinal);
}
