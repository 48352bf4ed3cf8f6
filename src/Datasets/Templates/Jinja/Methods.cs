namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>The methods of Python's strings, dictionaries and lists that templates call. None that changes its object: the sandbox of transformers forbids that too.</summary>
internal static class Methods
{
    /// <summary>Null when the value has no such method.</summary>
    public static Callable? Find(object? value, string name) => value switch
    {
        string text => OfString(text, name),
        IReadOnlyDictionary<string, object?> dictionary => OfDictionary(dictionary, name),
        IReadOnlyList<object?> list => OfList(list, name),
        _ => null,
    };

    public static List<object?> Items(object? value) => value is IReadOnlyDictionary<string, object?> dictionary
        ? [.. dictionary.Select(object? (entry) => new PythonTuple([entry.Key, entry.Value]))]
        : throw new PythonError($"{Python.Repr(value)} is not a dictionary.");

    public static string Capitalized(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    public static string Titled(string text) => string.Concat(text.Select((c, i) => i > 0 && char.IsLetter(text[i - 1]) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c)));

    public static string Replaced(string text, string old, string with, object? count)
    {
        if (count is null or -1L)
        {
            return old.Length == 0 ? throw new PythonError("replacing the empty string is not known here.") : text.Replace(old, with, StringComparison.Ordinal);
        }
        for (var (left, at) = (Python.Integer(count), 0); left > 0 && (at = text.IndexOf(old, at, StringComparison.Ordinal)) >= 0; left--, at += with.Length)
        {
            text = string.Concat(text.AsSpan(0, at), with, text.AsSpan(at + old.Length));
        }
        return text;
    }

    private static Callable? OfString(string text, string name) => name switch
    {
        "strip" => a => a.Get(0, "chars") is string set ? text.Trim(set.ToCharArray()) : text.Trim(),
        "lstrip" => a => a.Get(0, "chars") is string set ? text.TrimStart(set.ToCharArray()) : text.TrimStart(),
        "rstrip" => a => a.Get(0, "chars") is string set ? text.TrimEnd(set.ToCharArray()) : text.TrimEnd(),
        "split" => a => Split(text, a, fromEnd: false),
        "rsplit" => a => Split(text, a, fromEnd: true),
        "splitlines" => _ => text.Split('\n') is var lines && lines[^1].Length == 0 ? lines[..^1].ToList<object?>() : lines.ToList<object?>(),
        "startswith" => a => Any(a.Get(0, "prefix"), prefix => text.StartsWith(prefix, StringComparison.Ordinal)),
        "endswith" => a => Any(a.Get(0, "suffix"), suffix => text.EndsWith(suffix, StringComparison.Ordinal)),
        "removeprefix" => a => a.Text(0, "prefix") is var prefix && text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text,
        "removesuffix" => a => a.Text(0, "suffix") is var suffix && text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text,
        "upper" => _ => text.ToUpperInvariant(),
        "lower" => _ => text.ToLowerInvariant(),
        "title" => _ => Titled(text),
        "capitalize" => _ => Capitalized(text),
        "replace" => a => Replaced(text, a.Text(0, "old"), a.Text(1, "new"), a.Get(2, "count")),
        "find" => a => (long)text.IndexOf(a.Text(0, "sub"), StringComparison.Ordinal),
        "rfind" => a => (long)text.LastIndexOf(a.Text(0, "sub"), StringComparison.Ordinal),
        "count" => a => a.Text(0, "sub") is { Length: > 0 } part ? (long)(text.Split(part).Length - 1) : text.Length + 1L,
        "join" => a => string.Join(text, Python.Iterate(a.Get(0, "iterable")).Select(Python.Str)),
        "isdigit" => _ => text.Length > 0 && text.All(char.IsDigit),
        "isalpha" => _ => text.Length > 0 && text.All(char.IsLetter),
        "isspace" => _ => text.Length > 0 && text.All(char.IsWhiteSpace),
        "isupper" => _ => TypeTests.Holds("upper", text, new([], new Dictionary<string, object?>())),
        "islower" => _ => TypeTests.Holds("lower", text, new([], new Dictionary<string, object?>())),
        _ => null,
    };

    private static Callable? OfDictionary(IReadOnlyDictionary<string, object?> dictionary, string name) => name switch
    {
        "items" => _ => Items(dictionary),
        "keys" => _ => dictionary.Keys.ToList<object?>(),
        "values" => _ => dictionary.Values.ToList(),
        "get" => a => a.Get(0, "key") is string key && dictionary.TryGetValue(key, out var value) ? value : a.Get(1, "default"),
        _ => null,
    };

    private static Callable? OfList(IReadOnlyList<object?> list, string name) => name switch
    {
        "index" => a => list.ToList().FindIndex(item => Python.AreEqual(item, a.Get(0, "value"))) is >= 0 and var place
            ? (long)place : throw new PythonError($"{Python.Repr(a.Get(0, "value"))} is not in the list."),
        "count" => a => list.LongCount(item => Python.AreEqual(item, a.Get(0, "value"))),
        "append" or "extend" or "insert" or "pop" or "remove" or "reverse" or "sort" or "clear" =>
            _ => throw new PythonError($"'{name}' would change a list, which chat templates may not do; make a new one with +."),
        _ => null,
    };

    // Without a separator: at runs of white space, none at the ends.
    private static List<object?> Split(string text, CallArguments arguments, bool fromEnd)
    {
        var most = Python.Integer(arguments.Get(1, "maxsplit", -1L));
        if (arguments.Get(0, "sep") is not string separator)
        {
            return most < 0
                ? [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)]
                : throw new PythonError("split() with maxsplit needs a separator here.");
        }
        if (separator.Length == 0)
        {
            throw new PythonError("split() needs a separator that is not empty.");
        }
        var parts = text.Split(separator);
        if (most < 0 || parts.Length <= most + 1)
        {
            return [.. parts];
        }
        return fromEnd
            ? [string.Join(separator, parts[..^(int)most]), .. parts[^(int)most..]]
            : [.. parts[..(int)most], string.Join(separator, parts[(int)most..])];
    }

    private static bool Any(object? affixes, Predicate<string> matches) => affixes is IReadOnlyList<object?> list
        ? list.Any(affix => matches(Python.Str(affix)))
        : matches(Python.Str(affixes));
}
