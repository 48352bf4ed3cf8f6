using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Checkpoints;

/// <summary>The tuned model as one file: the base with its adapter merged, or the weights that trained. Sums are float32, cast once, to the base's own types.</summary>
public static class MergedWeights
{
    /// <param name="baseFolder">The base model; null for a model trained from scratch.</param>
    /// <param name="storedType">Type to write when there is no base to take it from.</param>
    public static void Write(Stream stream, Trainee tuned, string? baseFolder, ScalarType storedType)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        using var weights = baseFolder is null ? null : ModelFolder.OpenWeights(baseFolder, ScalarType.Float32, trains: false, CPU);
        var updates = tuned.Adapter?.Layers.ToDictionary(layer => $"{layer.Name}.weight", layer => layer.Update) ?? [];
        var trained = tuned.Model.Parameters.Where(item => baseFolder is null || item.Parameter.requires_grad).ToDictionary(item => item.Name, item => item.Parameter);
        TensorFiles.Write(stream, tuned.Model.TensorNames.Select(name => (name, Merged(name))), new Dictionary<string, string> { ["format"] = "pt" });

        Tensor Merged(string name)
        {
            var stored = weights?.Holds(name) == true ? weights.Stored(name) : null; // a new head is not there
            var type = stored?.dtype ?? storedType;
            return updates.TryGetValue(name, out var update) ? update.Merged(stored!.to(ScalarType.Float32)).to(type)
                : trained.TryGetValue(name, out var own) ? own.to(type)
                : stored!;
        }
    }
}
