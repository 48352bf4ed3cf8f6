using ServerlessTuning.Datasets.Checkpoints;

namespace ServerlessTuning.Trainer.Models;

/// <summary>A head that a base model does not have: its weights begin at random, those of the body are the base's.</summary>
/// <param name="Json">The config.json of the model with the head.</param>
/// <param name="Keeps">The base has this very head, with the same labels: its weights go on.</param>
public sealed record NewHead(string Json, int Seed, bool Keeps)
{
    public ModelConfig Config { get; } = ModelConfig.Parse(Json);

    /// <summary>Whether a weight is part of some head, by its name.</summary>
    public static bool Owns(string name) => TaskConfig.HeadModules.Any(module => $".{name}".Contains($".{module}.", StringComparison.Ordinal));
}
