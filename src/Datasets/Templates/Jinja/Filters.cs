namespace ServerlessTuning.Datasets.Templates.Jinja;

using Filter = Func<object?, CallArguments, object?>;

/// <summary>
/// What may follow <c>|</c>: Jinja2's own filters. Left out are those that make no sense in a prompt: pprint and random (never the same text twice),
/// urlize and xmlattr (HTML). As nothing is escaped here, <c>safe</c> changes nothing.
/// </summary>
internal static class Filters
{
    private static readonly Dictionary<string, Filter> s_filters = new()
    {
        ["default"] = Default,
        ["d"] = Default,
        ["attr"] = (value, arguments) => Methods.Find(value, arguments.Text(0, "name")) ?? Undefined.Instance,
        ["tojson"] = (value, arguments) => PythonJson.Write(value, arguments),
        ["items"] = (value, _) => new PythonIterator(value is Undefined ? [] : [.. Methods.Items(value)]),
        ["dictsort"] = (value, arguments) => SequenceFilters.SortedEntries(value, arguments).ToList<object?>(),
        ["map"] = Mapped,
        ["select"] = (value, arguments) => Chosen(value, item => item, arguments, test: 0, keep: true),
        ["reject"] = (value, arguments) => Chosen(value, item => item, arguments, test: 0, keep: false),
        ["selectattr"] = (value, arguments) => Chosen(value, SequenceFilters.Getter(arguments.Get(0, "attribute")), arguments, test: 1, keep: true),
        ["rejectattr"] = (value, arguments) => Chosen(value, SequenceFilters.Getter(arguments.Get(0, "attribute")), arguments, test: 1, keep: false),
    };

    static Filters()
    {
        foreach (var (name, filter) in TextFilters.All.Concat(NumberFilters.All).Concat(SequenceFilters.All))
        {
            s_filters.Add(name, filter);
        }
    }

    public static IReadOnlyCollection<string> Names => s_filters.Keys;

    public static bool Exists(string name) => s_filters.ContainsKey(name);

    public static object? Apply(string name, object? value, CallArguments arguments)
    {
        Meter.Make(value is string text ? text.Length : value is IReadOnlyCollection<object?> items ? 4L * items.Count : 1);
        return s_filters.TryGetValue(name, out var filter) ? filter(value, arguments) : throw new PythonError($"the filter '{name}' is not known here.");
    }

    private static object? Default(object? value, CallArguments arguments) =>
        value is Undefined || (arguments.IsTrue(1, "boolean") && !Python.IsTrue(value)) ? arguments.Get(0, "default_value", "") : value;

    private static PythonIterator Mapped(object? value, CallArguments arguments)
    {
        if (arguments.Positional.Count == 0 && arguments.Named.TryGetValue("attribute", out var attribute))
        {
            return new([.. Python.Iterate(value).Select(SequenceFilters.Getter(attribute, arguments.Named.GetValueOrDefault("default")))]);
        }

        var name = arguments.Positional.Count > 0 ? arguments.Text(0, "filter") : throw new PythonError("map needs a filter's name or an attribute.");
        var inner = arguments.After(1);
        return new([.. Python.Iterate(value).Select(item => Apply(name, item, inner))]);
    }

    private static PythonIterator Chosen(object? value, Func<object?, object?> get, CallArguments arguments, int test, bool keep)
    {
        var inner = arguments.After(test + 1);
        var name = arguments.Positional.Count > test ? arguments.Text(test, "test") : null;
        return new([.. Python.Iterate(value).Where(item => (name is null ? Python.IsTrue(get(item)) : TypeTests.Holds(name, get(item), inner)) == keep)]);
    }
}
