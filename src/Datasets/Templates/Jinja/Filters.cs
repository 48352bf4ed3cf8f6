namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>What may follow <c>|</c>: Jinja2's filters that chat templates use.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, Func<object?, CallArguments, object?>> s_filters = new()
    {
        // strings
        ["trim"] = (value, arguments) => Trim(Python.Str(value), arguments.Get(0, "chars")),
        ["upper"] = (value, _) => Python.Str(value).ToUpperInvariant(),
        ["lower"] = (value, _) => Python.Str(value).ToLowerInvariant(),
        ["capitalize"] = (value, _) => Methods.Capitalized(Python.Str(value)),
        ["title"] = (value, _) => Methods.Titled(Python.Str(value)),
        ["replace"] = (value, arguments) => Methods.Replaced(Python.Str(value), arguments.Text(0, "old"), arguments.Text(1, "new"), arguments.Get(2, "count")),
        ["indent"] = (value, arguments) => Indented(Python.Str(value), arguments),
        ["string"] = (value, _) => Python.Str(value),
        ["safe"] = (value, _) => value,
        ["escape"] = (value, _) => Escaped(Python.Str(value)),
        ["e"] = (value, _) => Escaped(Python.Str(value)),
        ["tojson"] = (value, arguments) => PythonJson.Write(value, arguments),

        // numbers
        ["abs"] = (value, _) => value is long integer ? (object)Math.Abs(integer) : Math.Abs(Python.Number(value) ?? throw NotANumber(value)),
        ["int"] = (value, arguments) => ToInteger(value, arguments.Get(0, "default", 0L)),
        ["float"] = (value, arguments) => Python.Number(value) ?? (double.TryParse(Python.Str(value), System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : arguments.Get(0, "default", 0d)),
        ["round"] = (value, arguments) => Math.Round(Python.Number(value) ?? throw NotANumber(value), (int)Math.Clamp(Python.Integer(arguments.Get(0, "precision", 0L)), 0, 15), MidpointRounding.ToEven),

        // sequences
        ["length"] = (value, _) => Python.Length(value),
        ["count"] = (value, _) => Python.Length(value),
        ["first"] = (value, _) => Python.Iterate(value).FirstOrDefault(Undefined.Instance),
        ["last"] = (value, _) => Python.Iterate(value).LastOrDefault(Undefined.Instance),
        ["list"] = (value, _) => Python.Iterate(value).ToList(),
        ["reverse"] = (value, _) => value is string text ? string.Concat(text.EnumerateRunes().Reverse()) : Python.Iterate(value).Reverse().ToList(),
        ["join"] = (value, arguments) => string.Join(arguments.Text(0, "d"), Attributes(value, arguments.Get(1, "attribute")).Select(Python.Str)),
        ["sort"] = (value, arguments) => Sorted(value, arguments),
        ["unique"] = (value, arguments) => Unique(Python.Iterate(value)),
        ["min"] = (value, _) => Python.Iterate(value).Order(Comparer<object?>.Create(Python.Compare)).FirstOrDefault(Undefined.Instance),
        ["max"] = (value, _) => Python.Iterate(value).OrderDescending(Comparer<object?>.Create(Python.Compare)).FirstOrDefault(Undefined.Instance),
        ["sum"] = (value, arguments) => Attributes(value, arguments.Get(0, "attribute")).Aggregate(arguments.Get(1, "start", 0L), (sum, item) => Python.Calculate("+", sum, item)),
        ["map"] = (value, arguments) => Mapped(value, arguments),
        ["select"] = (value, arguments) => Python.Iterate(value).Where(item => Passes(item, arguments, 0)).ToList(),
        ["reject"] = (value, arguments) => Python.Iterate(value).Where(item => !Passes(item, arguments, 0)).ToList(),
        ["selectattr"] = (value, arguments) => Python.Iterate(value).Where(item => Passes(Attribute(item, arguments.Get(0, "attribute")), arguments, 1)).ToList(),
        ["rejectattr"] = (value, arguments) => Python.Iterate(value).Where(item => !Passes(Attribute(item, arguments.Get(0, "attribute")), arguments, 1)).ToList(),

        // dictionaries
        ["items"] = (value, _) => value is Undefined ? new List<object?>() : Methods.Items(value),
        ["dictsort"] = (value, _) => Methods.Items(value).OrderBy(entry => Python.Str(((PythonTuple)entry!)[0]).ToLowerInvariant(), StringComparer.Ordinal).ToList(),
        ["attr"] = (value, arguments) => Python.Item(value, arguments.Get(0, "name")),

        // either
        ["default"] = Default,
        ["d"] = Default,
    };

    public static bool Exists(string name) => s_filters.ContainsKey(name);

    public static object? Apply(string name, object? value, CallArguments arguments) =>
        s_filters.TryGetValue(name, out var filter) ? filter(value, arguments) : throw new PythonError($"the filter '{name}' is not known here.");

    private static object? Default(object? value, CallArguments arguments) =>
        value is Undefined || (Python.IsTrue(arguments.Get(1, "boolean", false)) && !Python.IsTrue(value)) ? arguments.Get(0, "default_value", "") : value;

    private static string Trim(string text, object? characters) => characters is string set ? text.Trim(set.ToCharArray()) : text.Trim();

    private static string Escaped(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("'", "&#39;").Replace("\"", "&#34;");

    private static PythonError NotANumber(object? value) => new($"{Python.Repr(value)} is not a number.");

    private static object? ToInteger(object? value, object? otherwise) => value switch
    {
        double number => (long)number,
        string text => long.TryParse(text.Trim(), out var integer) ? integer : double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number) ? (long)number : otherwise,
        long or bool => Python.Integer(value),
        _ => otherwise,
    };

    private static string Indented(string text, CallArguments arguments)
    {
        var indention = arguments.Get(0, "width", 4L) is string prefix ? prefix : new string(' ', (int)Math.Clamp(Python.Integer(arguments.Get(0, "width", 4L)), 0, 1000));
        var first = Python.IsTrue(arguments.Get(1, "first", false));
        var blank = Python.IsTrue(arguments.Get(2, "blank", false));
        var lines = text.Split('\n').Select((line, i) => (i > 0 || first) && (line.Length > 0 || blank) ? indention + line : line);
        return string.Join('\n', lines);
    }

    private static List<object?> Sorted(object? value, CallArguments arguments)
    {
        var byCase = Python.IsTrue(arguments.Get(1, "case_sensitive", false));
        var attribute = arguments.Get(2, "attribute");
        var keyed = Python.Iterate(value).Select(item => (Key: Fold(attribute is null ? item : Attribute(item, attribute)), Item: item));
        var order = Comparer<object?>.Create(Python.Compare);
        return [.. (Python.IsTrue(arguments.Get(0, "reverse", false)) ? keyed.OrderByDescending(p => p.Key, order) : keyed.OrderBy(p => p.Key, order)).Select(p => p.Item)];

        object? Fold(object? key) => key is string text && !byCase ? text.ToLowerInvariant() : key;
    }

    private static List<object?> Unique(IEnumerable<object?> items)
    {
        var kept = new List<object?>();
        foreach (var item in items)
        {
            if (!kept.Exists(other => Python.AreEqual(other, item)))
            {
                kept.Add(item);
            }
        }
        return kept;
    }

    private static List<object?> Mapped(object? value, CallArguments arguments)
    {
        if (arguments.Named.TryGetValue("attribute", out var attribute))
        {
            return [.. Attributes(value, attribute).Select(item => item is Undefined && arguments.Named.TryGetValue("default", out var otherwise) ? otherwise : item)];
        }
        var inner = new CallArguments([.. arguments.Positional.Skip(1)], arguments.Named);
        return [.. Python.Iterate(value).Select(item => Apply(arguments.Text(0, "filter"), item, inner))];
    }

    private static IEnumerable<object?> Attributes(object? value, object? attribute) =>
        attribute is null ? Python.Iterate(value) : Python.Iterate(value).Select(item => Attribute(item, attribute));

    private static object? Attribute(object? item, object? path) =>
        path is string name ? name.Split('.').Aggregate(item, (inner, step) => Python.Item(inner, long.TryParse(step, out var index) ? index : step)) : Python.Item(item, path);

    private static bool Passes(object? item, CallArguments arguments, int test) => arguments.Positional.Count <= test
        ? Python.IsTrue(item)
        : TypeTests.Holds(Python.Str(arguments.Positional[test]), item, new([.. arguments.Positional.Skip(test + 1)], arguments.Named));
}
