namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>What <c>namespace()</c> makes: attributes that a loop may set for the outside.</summary>
internal sealed class Namespace(PythonDictionary values) : IHasAttributes
{
    public object? Attribute(string name) => Python.Item(values, name);

    public void Set(string name, object? value) => values[name] = value;
}

/// <summary>What <c>cycler('a', 'b')</c> makes: gives its values in turn.</summary>
internal sealed class Cycler(IReadOnlyList<object?> values) : IHasAttributes
{
    private int _next;

    public object? Attribute(string name) => name switch
    {
        "current" => values[_next],
        "next" => (Callable)(_ =>
        {
            var current = values[_next];
            _next = (_next + 1) % values.Count;
            return current;
        }),
        "reset" => (Callable)(_ =>
        {
            _next = 0;
            return null;
        }),
        _ => Undefined.Instance,
    };
}

/// <summary>What <c>joiner(', ')</c> makes: nothing the first time it is called, then the separator.</summary>
internal sealed class Joiner(string separator) : ICallable
{
    private bool _used;

    public object? Call(CallArguments arguments)
    {
        var text = _used ? separator : "";
        _used = true;
        return text;
    }
}
