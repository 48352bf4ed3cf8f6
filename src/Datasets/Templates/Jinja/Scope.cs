using System.Text;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Names and their values; what a loop or macro sets stays inside it. Output goes to the one writer of the rendering.</summary>
internal sealed class Scope(Scope? outer, StringBuilder output)
{
    private readonly Dictionary<string, object?> _names = [];

    public StringBuilder Output { get; } = output;

    public object? this[string name]
    {
        get => _names.TryGetValue(name, out var value) ? value : outer is null ? Undefined.Instance : outer[name];
        set => _names[name] = value;
    }

    public Scope Inner(StringBuilder? output = null) => new(this, output ?? Output);
}
