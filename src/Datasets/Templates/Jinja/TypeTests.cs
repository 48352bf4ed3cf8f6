using System.Numerics;

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
        ["integer"] = (value, _) => value is long or BigInteger,
        ["float"] = (value, _) => value is double,
        ["number"] = (value, _) => value is long or BigInteger or double or bool,
        ["mapping"] = (value, _) => value is PythonDictionary,
        ["iterable"] = (value, _) => value is string or IEnumerable<object?> or Undefined,
        ["sequence"] = (value, _) => value is string or IReadOnlyList<object?> or PythonDictionary or Undefined,
        ["callable"] = (value, _) => value is Callable or ICallable or Undefined,
        ["escaped"] = (_, _) => false,
        ["filter"] = (value, _) => value is string name && Filters.Exists(name),
        ["test"] = (value, _) => value is string name && Exists(name),
        ["odd"] = (value, _) => Remains(value, 2L, 1L),
        ["even"] = (value, _) => Remains(value, 2L, 0L),
        ["divisibleby"] = (value, arguments) => Remains(value, arguments.Get(0, "num"), 0L),
        ["lower"] = (value, _) => StringMethods.IsLower(Python.Str(value)),
        ["upper"] = (value, _) => StringMethods.IsUpper(Python.Str(value)),
        ["sameas"] = (value, arguments) => value switch
        {
            null => arguments.Get(0, "other", 0L) is null,
            bool or string or long => value.Equals(arguments.Get(0, "other")),
            _ => ReferenceEquals(value, arguments.Get(0, "other")),
        },
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

    private static bool Remains(object? value, object? divisor, long remainder) => Python.AreEqual(PythonNumbers.Calculate("%", value, divisor), remainder);
}
