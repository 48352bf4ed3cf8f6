namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>The methods and attributes of the values. None that changes its object: the sandbox of transformers forbids that too.</summary>
internal static class Methods
{
    private static readonly string[] s_changing = ["append", "extend", "insert", "pop", "remove", "reverse", "sort", "clear", "update", "popitem", "setdefault"];

    /// <summary>Null when the value has no such method or attribute.</summary>
    public static object? Find(object? value, string name) => value switch
    {
        string text => StringMethods.Find(text, name) is { } method ? Metered(text, method) : null,
        PythonDictionary dictionary => OfDictionary(dictionary, name),
        IReadOnlyList<object?> list => OfList(list, name),
        IHasAttributes holder => holder.Attribute(name),
        _ => null,
    };

    public static IEnumerable<PythonTuple> Items(object? value) => value is PythonDictionary dictionary
        ? dictionary.Entries.Select(entry => new PythonTuple([entry.Key, entry.Value]))
        : throw new PythonError($"{Python.Described(value)} is not a dictionary.");

    private static Callable Metered(string text, Callable method) => arguments =>
    {
        Meter.Make(text.Length);
        return method(arguments);
    };

    private static Callable? OfDictionary(PythonDictionary dictionary, string name) => name switch
    {
        "items" => _ => new DictionaryView("dict_items", dictionary.Count, Items(dictionary)),
        "keys" => _ => new DictionaryView("dict_keys", dictionary.Count, dictionary),
        "values" => _ => new DictionaryView("dict_values", dictionary.Count, dictionary.Entries.Select(entry => entry.Value)),
        "get" => a => dictionary.TryGet(a.Get(0, "key"), out var value) ? value : a.Get(1, "default"),
        "copy" => _ => Globals.Merged(dictionary),
        _ => Changing(name, dictionary),
    };

    private static object? OfList(IReadOnlyList<object?> list, string name) => name switch
    {
        "grouper" or "list" when list is GroupTuple group => group[name == "grouper" ? 0 : 1],
        "index" => (Callable)(a => IndexOf(list, a.Get(0, "value"))),
        "count" => (Callable)(a => list.LongCount(item => Python.AreEqual(item, a.Get(0, "value")))),
        "copy" when list is not PythonTuple => (Callable)(_ => Python.Listed(list)),
        _ when list is not PythonTuple => Changing(name, list),
        _ => null,
    };

    private static Callable? Changing(string name, object value) => s_changing.Contains(name) && !(value is PythonDictionary && name is "append" or "extend" or "insert" or "remove" or "reverse" or "sort")
        ? _ => throw new PythonError($"'{name}' would change {Python.Described(value)}, which chat templates may not do; make a new one with +.")
        : null;

    private static long IndexOf(IReadOnlyList<object?> list, object? value)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (Python.AreEqual(list[i], value))
            {
                return i;
            }
        }

        throw new PythonError($"{Python.Described(value)} is not in the list.");
    }
}
