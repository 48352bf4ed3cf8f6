namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>What may follow <c>is</c>.</summary>
internal static class TypeTests
{
    private static readonly Dictionary<string, Func<object?, CallArguments, bool>> s_tests = new()
    {
        ["defined"] = (value, _) => value is not Undefined,
        ["undefined"] = (value, _) => value is Undefined,
        ["none"] = (value, _) => value is null,
        ["string"] = (value, _) => value is string,
        ["boolean"] = (value, _) => value is bool,
        ["true"] = (value, _) => value is true,
        ["false"] = (value, _) => value is false,
        ["integer"] = (value, _) => value is long,
        ["float"] = (value, _) => value is double,
        ["number"] = (value, _) => value is long or double or bool,
        ["mapping"] = (value, _) => value is IReadOnlyDictionary<string, object?>,
        ["iterable"] = (value, _) => value is string or IEnumerable<object?> or IReadOnlyDictionary<string, object?> or Undefined,
        ["sequence"] = (value, _) => value is string or IReadOnlyList<object?> or IReadOnlyDictionary<string, object?> or Undefined,
        ["callable"] = (value, _) => value is Callable,
        ["odd"] = (value, _) => Python.Integer(value) % 2 != 0,
        ["even"] = (value, _) => Python.Integer(value) % 2 == 0,
        ["divisibleby"] = (value, arguments) => Python.Integer(arguments.Get(0, "num")) is not 0 and var divisor && Python.Integer(value) % divisor == 0,
        ["lower"] = (value, _) => Python.Str(value) is var text && text.Any(char.IsLower) && !text.Any(char.IsUpper),
        ["upper"] = (value, _) => Python.Str(value) is var text && text.Any(char.IsUpper) && !text.Any(char.IsLower),
        ["sameas"] = (value, arguments) => value is bool ? value.Equals(arguments.Get(0, "other")) : ReferenceEquals(value, arguments.Get(0, "other")),
        ["in"] = (value, arguments) => Python.Contains(arguments.Get(0, "seq"), value),
        ["eq"] = (value, arguments) => Python.AreEqual(value, arguments.Get(0, "b")),
        ["ne"] = (value, arguments) => !Python.AreEqual(value, arguments.Get(0, "b")),
        ["lt"] = (value, arguments) => Python.Compare(value, arguments.Get(0, "b")) < 0,
        ["le"] = (value, arguments) => Python.Compare(value, arguments.Get(0, "b")) <= 0,
        ["gt"] = (value, arguments) => Python.Compare(value, arguments.Get(0, "b")) > 0,
        ["ge"] = (value, arguments) => Python.Compare(value, arguments.Get(0, "b")) >= 0,
    };

    static TypeTests()
    {
        foreach (var (alias, name) in (ReadOnlySpan<(string, string)>)[("equalto", "eq"), ("==", "eq"), ("!=", "ne"), ("greaterthan", "gt"), ("lessthan", "lt"), (">", "gt"), ("<", "lt"), (">=", "ge"), ("<=", "le")])
        {
            s_tests[alias] = s_tests[name];
        }
    }

    public static bool Exists(string name) => s_tests.ContainsKey(name);

    public static bool Holds(string name, object? value, CallArguments arguments) =>
        s_tests.TryGetValue(name, out var test) ? test(value, arguments) : throw new PythonError($"the test '{name}' is not known here.");
}
