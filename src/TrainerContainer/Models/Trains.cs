namespace ServerlessTuning.Trainer.Models;

/// <summary>Which of a model's weights collect gradients; true is all, false is none.</summary>
public sealed class Trains
{
    private readonly Func<string, bool> includes;

    private Trains(Func<string, bool> includes) => this.includes = includes;

    public bool Includes(string name) => includes(name);

    public static implicit operator Trains(bool all) => FromBoolean(all);

    public static Trains FromBoolean(bool all) => new(_ => all);

    /// <summary>What either includes.</summary>
    public Trains Or(Trains other) => new(name => Includes(name) || other.Includes(name));

    /// <summary>The head, and so many of the last blocks with what stands behind them.</summary>
    /// <param name="blocks">All blocks of the model (of an encoder-decoder, of each stack).</param>
    public static Trains Last(int layers, int blocks) => new(name =>
        NewHead.Owns(name) || (layers > 0 && (Layer(name) is { } layer ? layer >= blocks - layers : FinalNorms.Any(norm => name.EndsWith(norm, StringComparison.Ordinal)))));

    /// <summary>What norms behind the last block are called.</summary>
    private static readonly string[] FinalNorms = ["model.norm.weight", "ln_f.weight", "ln_f.bias", "final_layer_norm.weight"];

    /// <summary>The number of the block that a weight belongs to: the first number in its name.</summary>
    private static int? Layer(string name) => name.Split('.').Select(part => int.TryParse(part, out var layer) ? layer : (int?)null).FirstOrDefault(layer => layer is not null);

    /// <summary>Whole modules, by their name or its last parts: PEFT's modules_to_save, such as <c>classifier</c>.</summary>
    public static Trains Modules(IReadOnlyList<string> modules) =>
        new(name => modules.Any(module => $".{name}".Contains($".{module}.", StringComparison.Ordinal)));
}
