namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Functions that every template may call. No clock: <c>strftime_now</c> stays undefined, so that the same conversation renders the same on every day.</summary>
internal static class Globals
{
    /// <summary>As Jinja2's sandbox has it.</summary>
    private const long LongestRange = 100_000;

    public static IReadOnlyDictionary<string, object?> All { get; } = new Dictionary<string, object?>
    {
        ["raise_exception"] = (Callable)(arguments => throw new ChatTemplateException($"the chat template refuses the conversation: {arguments.Text(0, "message")}")),
        ["namespace"] = (Callable)(arguments => new Namespace(Entries(arguments))),
        ["dict"] = (Callable)Entries,
        ["range"] = (Callable)Range,
    };

    private static Dictionary<string, object?> Entries(CallArguments arguments)
    {
        var entries = arguments.Positional is [IReadOnlyDictionary<string, object?> first, ..] ? new Dictionary<string, object?>(first) : [];
        foreach (var (name, value) in arguments.Named)
        {
            entries[name] = value;
        }
        return entries;
    }

    private static List<object?> Range(CallArguments arguments)
    {
        var numbers = arguments.Positional.Select(Python.Integer).ToArray();
        var (start, stop, step) = numbers switch
        {
            [var end] => (0, end, 1L),
            [var from, var end] => (from, end, 1L),
            [var from, var end, var by] when by != 0 => (from, end, by),
            _ => throw new PythonError("range() takes one to three whole numbers, the step not 0."),
        };
        var items = new List<object?>();
        for (var i = start; step > 0 ? i < stop : i > stop; i += step)
        {
            if (items.Count >= LongestRange)
            {
                throw new PythonError($"range() is longer than {LongestRange}.");
            }
            items.Add(i);
        }
        return items;
    }
}
