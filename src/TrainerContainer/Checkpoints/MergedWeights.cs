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
        TensorFiles.Write(stream, tuned.Model.Parameters.Select(item => (item.Name, Merged(item.Name, item.Parameter))), new Dictionary<string, string> { ["format"] = "pt" });

        Tensor Merged(string name, Tensor own)
        {
            var stored = weights?.Stored(name);
            var type = stored?.dtype ?? storedType;
            if (tuned.Adapter is null)
            {
                return own.to(type);
            }

            return updates.TryGetValue(name, out var update) ? (stored!.to(ScalarType.Float32) + update.Delta().cpu()).to(type) : stored!;
        }
    }
}
