using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Verification;

/// <summary>A base with an adapter of PEFT's: outputs, the gradient of what trains, and the merged matrices.</summary>
internal static class Adapters
{
    private const string Prefix = "base_model.model.";

    public static Deviation Check(ReferenceCase reference) => Check(reference, quantizes: false);

    /// <summary>The same over a base in four bits.</summary>
    public static Deviation CheckQuantized(ReferenceCase reference) => Check(reference, quantizes: true);

    private static Deviation Check(ReferenceCase reference, bool quantizes)
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = Load(reference, quantizes);
        using var owned = model;
        var worst = ForwardBackward.Run(reference, model).Or(ForwardBackward.Gradients(reference, Trained(model, adapter)));
        return reference.Has("merged") ? worst.Or(Merged(reference, model, adapter)) : worst;
    }

    public static (PretrainedModel Model, LoraAdapter Adapter) Load(ReferenceCase reference, bool quantizes = false)
    {
        var folder = reference.PathOf("adapter");
        var trains = Trains.Modules(AdapterFiles.ReadConfig(folder).ModulesToSave ?? []);
        var model = ModelFolder.LoadAny(reference.PathOf("checkpoint"), ScalarType.Float32, trains, CPU, quantizes);
        return (model, AdapterFiles.Attach(model, folder));
    }

    /// <summary>By PEFT's names.</summary>
    public static IEnumerable<(string Name, Parameter Parameter)> Trained(PretrainedModel model, LoraAdapter adapter) =>
        adapter.Parameters().Concat(model.Parameters.Where(item => item.Parameter.requires_grad)).Select(item => (Prefix + item.Name, item.Parameter));

    private static Deviation Merged(ReferenceCase reference, PretrainedModel model, LoraAdapter adapter)
    {
        var projections = model.Projections.ToDictionary(item => item.Name, item => item.Projection);
        return adapter.Layers.Aggregate(Deviation.None, (worst, layer) => worst.Or(Deviation.Of(
            $"merged {layer.Name}", reference.Tensor("merged", $"{layer.Name}.weight"), layer.Update.Merged(projections[layer.Name].Weight()), reference.Tolerance("logits"))));
    }
}
