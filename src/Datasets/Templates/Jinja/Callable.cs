namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>A function, macro or bound method.</summary>
internal delegate object? Callable(CallArguments arguments);

/// <summary>Values handed to a function, filter or test.</summary>
internal sealed record CallArguments(IReadOnlyList<object?> Positional, IReadOnlyDictionary<string, object?> Named)
{
    public static CallArguments None { get; } = new([], new Dictionary<string, object?>());

    /// <summary>The argument at a place or by name; <paramref name="otherwise"/> when neither is given.</summary>
    public object? Get(int place, string name, object? otherwise = null) =>
        place < Positional.Count ? Positional[place] : Named.TryGetValue(name, out var value) ? value : otherwise;

    public string Text(int place, string name, string otherwise = "") => Get(place, name, otherwise) is string text ? text : Python.Str(Get(place, name));

    public bool IsTrue(int place, string name) => Python.IsTrue(Get(place, name, false));

    public long Integer(int place, string name, long otherwise) => Python.Integer(Get(place, name, otherwise));

    public bool Has(int place, string name) => place < Positional.Count || Named.ContainsKey(name);

    /// <summary>Without the first so many.</summary>
    public CallArguments After(int count) => new([.. Positional.Skip(count)], Named);
}

/// <summary>Something with attributes that are not items: <c>loop.index</c>, <c>ns.found</c>.</summary>
internal interface IHasAttributes
{
    /// <summary><see cref="Undefined"/> when it has none of that name.</summary>
    object? Attribute(string name);
}

/// <summary>Something with attributes that can be called, as <c>loop</c> in a recursive loop.</summary>
internal interface ICallable
{
    object? Call(CallArguments arguments);
}
