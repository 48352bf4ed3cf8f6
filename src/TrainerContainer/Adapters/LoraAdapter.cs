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

    /// <summary>The same update as an ordinary LoRA over the untouched base, by the same names: another rank when the start was not zero.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> OrdinaryWeights()
    {
        foreach (var (name, update) in Layers)
        {
            var (a, b) = update.Ordinary();
            yield return ($"{name}.lora_A.weight", a);
            yield return ($"{name}.lora_B.weight", b);
            if (update.Magnitude is { } magnitude)
            {
                yield return ($"{name}.{Magnitude}", magnitude);
            }
        }
    }

    /// <summary>What a start that is not zero took out of the base, which a resumed run must take out too: <c>{layer}.lora_A.start</c>, <c>{layer}.lora_B.start</c>.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Starts => Layers.SelectMany(layer => layer.Update.Start is not { } start ? Array.Empty<(string, Tensor)>()
        : [($"{layer.Name}.lora_A.start", start.A), ($"{layer.Name}.lora_B.start", start.B)]);

    /// <summary>Takes the start of a checkpoint: another machine may have found another one for the same base.</summary>
    /// <param name="stored">By the names of <see cref="Starts"/>.</param>
    public void MoveStarts(Func<string, Tensor> stored)
    {
        foreach (var (name, (projection, update)) in layers.Where(layer => layer.Value.Update.Start is not null))
        {
            update.MoveStart(projection.Stored, stored($"{name}.lora_A.start").to(update.A.device), stored($"{name}.lora_B.start").to(update.A.device));
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

    /// <summary>A new adapter: training starts at the base model, with A Kaiming-uniform with a = √5 and B zero (PEFT's and the paper's start), or with principal parts.</summary>
    /// <exception cref="AdapterException">The targets, the layers, the rank or the start do not fit the model.</exception>
    public static LoraAdapter Attach(PretrainedModel model, LoraConfig config, int seed)
    {
        var adapter = Attach(model, config, new AdapterTargets(config).OfNew(model), (name, shape) => FirstValues(name, shape, seed));
        if (config.Init == AdapterInit.Pissa)
        {
            adapter.TakePrincipalParts();
        }

        return adapter;
    }

    /// <param name="weights">Gives A, B and a magnitude by name and shape, float32; null for a magnitude means the length of the base's own rows.</param>
    /// <exception cref="AdapterException">No layer of the model has one of the target names.</exception>
    public static LoraAdapter Attach(PretrainedModel model, LoraConfig config, Func<string, long[], Tensor?> weights) =>
        Attach(model, config, new AdapterTargets(config).Of(model), weights);

    private static Tensor? FirstValues(string name, long[] shape, int seed)
    {
        if (!name.EndsWith("lora_A.weight", StringComparison.Ordinal))
        {
            return name.EndsWith("lora_B.weight", StringComparison.Ordinal) ? zeros(shape) : null;
        }

        manual_seed(RandomSeeds.For(seed, name));
        var bound = Math.Sqrt(1.0 / shape[1]);                                     // √(6 / ((1 + a²) · fan_in)) at a = √5
        return rand(shape) * (2 * bound) - bound;
    }

    private void TakePrincipalParts()
    {
        if (Config.QuantizedBase)
        {
            throw AdapterException.NoPrincipalPartInFourBits();
        }

        foreach (var (projection, update) in layers.Values)
        {
            update.TakePrincipalPart(projection.Stored);
        }
    }

    private static LoraAdapter Attach(PretrainedModel model, LoraConfig config, IReadOnlyList<AdapterTarget> targets, Func<string, long[], Tensor?> weights)
    {
        using var scope = NewDisposeScope();
        var adapter = new LoraAdapter(config);
        foreach (var (name, projection, rank, scaling) in targets)
        {
            var (output, input) = (projection.Output, projection.Input);
            var (a, b) = (weights($"{name}.lora_A.weight", [rank, input])!, weights($"{name}.lora_B.weight", [output, rank])!);
            var magnitude = config.Decomposed ? weights($"{name}.{Magnitude}", [output]) ?? Lengths(projection) : null;
            var update = new LowRank(Trains(a), Trains(b), magnitude is null ? null : Trains(magnitude), scaling, config.Dropout, adapter.layers.Count, projection.Transposed);
            projection.Adapter = update;
            adapter.layers.Add(name, (projection, update));
        }

        return adapter;

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
}
