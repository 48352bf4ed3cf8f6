using System.Text;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Names and their values; what a loop or macro sets stays inside it. Output goes to the rendering's writer, or to that of a block whose text is a value.</summary>
internal sealed class Scope(Scope? outer, StringBuilder output, GeneratedSpans generated)
{
    private readonly Dictionary<string, object?> _names = [];

    public GeneratedSpans Generated { get; } = generated;

    /// <summary>How long the output is; counts in the whole text only at its top level.</summary>
    public int Position => output.Length;

    public object? this[string name]
    {
        get
        {
            for (var scope = this; scope is not null; scope = scope.Outer)
            {
                if (scope._names.TryGetValue(name, out var value))
                {
                    return value;
                }
            }

            return Undefined.Instance;
        }
        set => _names[name] = value;
    }

    private Scope? Outer { get; } = outer;

    public void Write(string text)
    {
        Meter.Make(text.Length);
        output.Append(text);
    }

    public Scope Inner()
    {
        Meter.Make(64);
        return new(this, output, Generated);
    }

    /// <summary>What is written into an inner scope, as a string; what is set there stays there.</summary>
    public string TextOf(Action<Scope> write)
    {
        Meter.Make(256);
        var text = new StringBuilder();
        write(new Scope(this, text, Generated.Elsewhere));
        return text.ToString();
    }
}
