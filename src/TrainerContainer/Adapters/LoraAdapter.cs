using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Adapters;

/// <summary>The low-rank updates of a whole model.</summary>
public sealed class LoraAdapter
{
    private readonly SortedDictionary<string, (Projection Projection, LowRank Update)> layers = new(StringComparer.Ordinal);

    private LoraAdapter(LoraConfig config) => Config = config;

    public LoraConfig Config { get; }

    /// <summary>By the adapted layer's name in the checkpoint, in ordinal order.</summary>
    public IEnumerable<(string Name, LowRank Update)> Layers => layers.Select(layer => (layer.Key, layer.Value.Update));

    /// <summary>The adapted layers store their matrices (in, out): PEFT's fan_in_fan_out.</summary>
    public bool IsTransposed => layers.Values.Any(layer => layer.Projection.Transposed);

    /// <summary>What trains, named as PEFT names it below the layer: <c>{layer}.lora_A.weight</c>, <c>{layer}.lora_B.weight</c>.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> Parameters() =>
        Layers.SelectMany(layer => new[] { ($"{layer.Name}.lora_A.weight", layer.Update.A), ($"{layer.Name}.lora_B.weight", layer.Update.B) });

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
        if (name.EndsWith("lora_B.weight", StringComparison.Ordinal))
        {
            return zeros(shape);
        }

        manual_seed(RandomSeeds.For(seed, name));
        var bound = Math.Sqrt(1.0 / shape[1]);                                     // √(6 / ((1 + a²) · fan_in)) at a = √5
        return rand(shape) * (2 * bound) - bound;
    });

    /// <param name="weights">Gives A and B by name and shape, float32.</param>
    public static LoraAdapter Attach(PretrainedModel model, LoraConfig config, Func<string, long[], Tensor> weights)
    {
        using var scope = NewDisposeScope();
        var adapter = new LoraAdapter(config);
        foreach (var (name, projection) in model.Projections.Where(item => config.TargetModules.Any(target => IsTarget(item.Name, target))))
        {
            var (output, input) = (projection.Output, projection.Input);
            var update = new LowRank(
                Trains(weights($"{name}.lora_A.weight", [config.Rank, input])), Trains(weights($"{name}.lora_B.weight", [output, config.Rank])),
                config.Scaling, config.Dropout, adapter.layers.Count, projection.Transposed);
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

    /// <summary>As PEFT matches a list of names: the whole name, or its last parts.</summary>
    private static bool IsTarget(string name, string target) => name == target || name.EndsWith($".{target}", StringComparison.Ordinal);
}
