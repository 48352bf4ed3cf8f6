namespace ServerlessTuning.Trainer.Adapters;

/// <summary>The target names fit no linear layer of the model.</summary>
public sealed class AdapterException(IReadOnlyList<string> targets, IEnumerable<string> layers)
    : Exception($"method.targetModules: found {string.Join(", ", targets)}, expected names of linear layers of the base model: "
        + $"{string.Join(", ", layers.Select(name => name.Split('.')[^1]).Distinct())}. Leave the field out to adapt all of them.")
{
}
