namespace ServerlessTuning.Trainer.Models;

/// <summary>Which of a model's weights collect gradients; true is all, false is none.</summary>
public sealed class Trains
{
    private readonly Func<string, bool> includes;

    private Trains(Func<string, bool> includes) => this.includes = includes;

    public bool Includes(string name) => includes(name);

    public static implicit operator Trains(bool all) => FromBoolean(all);

    public static Trains FromBoolean(bool all) => new(_ => all);

    /// <summary>Whole modules, by their name or its last parts: PEFT's modules_to_save, such as <c>classifier</c>.</summary>
    public static Trains Modules(IReadOnlyList<string> modules) =>
        new(name => modules.Any(module => $".{name}".Contains($".{module}.", StringComparison.Ordinal)));
}
