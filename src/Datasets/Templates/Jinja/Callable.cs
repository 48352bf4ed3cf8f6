namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>A function, macro or bound method.</summary>
internal delegate object? Callable(CallArguments arguments);

/// <summary>Values handed to a function, filter or test.</summary>
internal sealed record CallArguments(IReadOnlyList<object?> Positional, IReadOnlyDictionary<string, object?> Named)
{
    /// <summary>The argument at a place or by name; <paramref name="otherwise"/> when neither is given.</summary>
    public object? Get(int place, string name, object? otherwise = null) =>
        place < Positional.Count ? Positional[place] : Named.TryGetValue(name, out var value) ? value : otherwise;

    public string Text(int place, string name, string otherwise = "") => Get(place, name, otherwise) is string text ? text : Python.Str(Get(place, name));

    public bool Has(int place, string name) => place < Positional.Count || Named.ContainsKey(name);
}
