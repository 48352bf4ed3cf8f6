namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Functions that every template may call: Jinja2's own, without lorem ipsum, and those that transformers adds.</summary>
internal static class Globals
{
    public static IReadOnlyDictionary<string, object?> All { get; } = new Dictionary<string, object?>
    {
        ["raise_exception"] = (Callable)(arguments => throw new ChatTemplateException($"the chat template refuses the conversation: {arguments.Text(0, "message")}")),
        ["namespace"] = (Callable)(arguments => new Namespace(Entries(arguments))),
        ["dict"] = (Callable)Entries,
        ["range"] = (Callable)Range,
        ["cycler"] = (Callable)(arguments => arguments.Positional.Count > 0 ? new Cycler(arguments.Positional) : throw new PythonError("cycler() needs values.")),
        ["joiner"] = (Callable)(arguments => new Joiner(arguments.Text(0, "sep", ", "))),
    };

    /// <summary><c>strftime_now</c>: writes this time in the format it is given.</summary>
    public static Callable Clock(DateTime now) => arguments => DateFormat.Format(arguments.Text(0, "format"), now);

    /// <summary>What <c>dict()</c> makes of its arguments: a copy of the first, and the named ones.</summary>
    public static PythonDictionary Entries(CallArguments arguments)
    {
        var entries = arguments.Positional switch
        {
            [] => new(),
            [PythonDictionary first] => Merged(first),
            [IEnumerable<object?> pairs] => OfPairs(pairs),
            _ => throw new PythonError("dict() takes a dictionary or pairs."),
        };
        foreach (var (name, value) in arguments.Named)
        {
            entries[name] = value;
        }

        return entries;
    }

    public static PythonDictionary Merged(PythonDictionary dictionary)
    {
        Meter.Make(8L * dictionary.Count);
        var copy = new PythonDictionary();
        foreach (var (key, value) in dictionary.Entries)
        {
            copy[key] = value;
        }

        return copy;
    }

    private static PythonDictionary OfPairs(IEnumerable<object?> pairs)
    {
        var entries = new PythonDictionary();
        foreach (var pair in pairs)
        {
            Meter.Make(8);
            entries[pair is List<object?> { Count: 2 } entry ? entry[0] : throw new PythonError($"{Python.Described(pair)} is no pair of key and value.")] = entry[1];
        }

        return entries;
    }

    private static PythonRange Range(CallArguments arguments) => arguments.Positional.Select(Python.Integer).ToArray() switch
    {
        [var end] => new(0, end, 1),
        [var from, var end] => new(from, end, 1),
        [var from, var end, var by] => new(from, end, by),
        _ => throw new PythonError("range() takes one to three whole numbers."),
    };
}
