using System.Globalization;
using System.Text;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>A value was used in a way that Python would refuse.</summary>
internal sealed class PythonError(string message) : Exception(message);

/// <summary>What Python does with the values of a template.</summary>
internal static class Python
{
    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined or false or 0L or 0d or "" => false,
        IReadOnlyCollection<object?> { Count: 0 } => false,
        IReadOnlyDictionary<string, object?> { Count: 0 } => false,
        _ => true,
    };

    public static string Str(object? value) => value switch
    {
        string text => text,
        Undefined => "",
        _ => Repr(value),
    };

    public static string Repr(object? value) => value switch
    {
        null => "None",
        true => "True",
        false => "False",
        long integer => integer.ToString(CultureInfo.InvariantCulture),
        double number => Float(number),
        string text => Quoted(text),
        Undefined => "Undefined",
        IReadOnlyDictionary<string, object?> dictionary => "{" + string.Join(", ", dictionary.Select(entry => $"{Quoted(entry.Key)}: {Repr(entry.Value)}")) + "}",
        PythonTuple items => $"({string.Join(", ", items.Select(Repr))}{(items.Count == 1 ? "," : "")})",
        IEnumerable<object?> items => "[" + string.Join(", ", items.Select(Repr)) + "]",
        Callable => "<function>",
        _ => value.ToString() ?? "",
    };

    public static bool AreEqual(object? left, object? right) => (left, right) switch
    {
        (null, null) or (Undefined, Undefined) => true,
        (string a, string b) => a == b,
        (IReadOnlyDictionary<string, object?> a, IReadOnlyDictionary<string, object?> b) =>
            a.Count == b.Count && a.All(entry => b.TryGetValue(entry.Key, out var other) && AreEqual(entry.Value, other)),
        (IReadOnlyList<object?> a, IReadOnlyList<object?> b) => a.Count == b.Count && a.Zip(b).All(pair => AreEqual(pair.First, pair.Second)),
        _ when Number(left) is { } a && Number(right) is { } b => a == b,
        _ => ReferenceEquals(left, right),
    };

    public static int Compare(object? left, object? right) => (left, right) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b),
        _ when Number(left) is { } a && Number(right) is { } b => a.CompareTo(b),
        (IReadOnlyList<object?> a, IReadOnlyList<object?> b) => a.Zip(b).Select(pair => Compare(pair.First, pair.Second)).FirstOrDefault(order => order != 0, a.Count - b.Count),
        _ => throw new PythonError($"{Repr(left)} and {Repr(right)} have no order."),
    };

    public static bool Contains(object? container, object? item) => container switch
    {
        string text => item is string part ? text.Contains(part, StringComparison.Ordinal) : throw new PythonError($"'in' a string needs a string, not {Repr(item)}."),
        IReadOnlyDictionary<string, object?> dictionary => item is string key && dictionary.ContainsKey(key),
        IEnumerable<object?> items => items.Any(other => AreEqual(other, item)),
        Undefined => false,
        _ => throw new PythonError($"{Repr(container)} holds nothing that 'in' could find."),
    };

    public static IEnumerable<object?> Iterate(object? value) => value switch
    {
        Undefined => [],
        string text => text.EnumerateRunes().Select(object? (rune) => rune.ToString()),
        IReadOnlyDictionary<string, object?> dictionary => dictionary.Keys,
        IEnumerable<object?> items => items,
        _ => throw new PythonError($"{Repr(value)} is not something to loop over."),
    };

    public static long Length(object? value) => value switch
    {
        string text => text.EnumerateRunes().Count(),
        Undefined => 0,
        _ => Iterate(value).LongCount(),
    };

    /// <summary><c>value[key]</c>; undefined when there is none.</summary>
    public static object? Item(object? value, object? key) => (value, key) switch
    {
        (IReadOnlyDictionary<string, object?> dictionary, string name) => dictionary.TryGetValue(name, out var item) ? item : Undefined.Instance,
        (Namespace target, string name) => target.Values.TryGetValue(name, out var item) ? item : Undefined.Instance,
        (IReadOnlyList<object?> list, long index) => Place(index, list.Count) is { } place ? list[place] : Undefined.Instance,
        (string text, long index) when text.EnumerateRunes().ToList() is var runes => Place(index, runes.Count) is { } place ? runes[place].ToString() : Undefined.Instance,
        _ => Undefined.Instance,
    };

    public static object? Slice(object? value, long? start, long? stop, long? step) => value switch
    {
        string text when text.EnumerateRunes().Select(rune => rune.ToString()).ToList() is var runes => string.Concat(Places(runes.Count, start, stop, step).Select(i => runes[i])),
        IReadOnlyList<object?> list => Places(list.Count, start, stop, step).Select(i => list[i]).ToList(),
        _ => throw new PythonError($"{Repr(value)} cannot be sliced."),
    };

    public static object? Calculate(string sign, object? left, object? right) => (sign, left, right) switch
    {
        ("+", string a, string b) => a + b,
        ("+", IReadOnlyList<object?> a, IReadOnlyList<object?> b) => a.Concat(b).ToList(),
        ("*", string text, long count) => Repeated(text, count),
        ("*", long count, string text) => Repeated(text, count),
        ("%", string format, _) => throw new PythonError($"the old string formatting of {Repr(format)} is not known here; use ~ or format()."),
        _ when Whole(left) is { } a && Whole(right) is { } b => Whole(sign, a, b),
        _ when Number(left) is { } a && Number(right) is { } b => sign switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => b == 0 ? throw DivisionByZero() : a / b,
            "//" => b == 0 ? throw DivisionByZero() : Math.Floor(a / b),
            "%" => b == 0 ? throw DivisionByZero() : a - b * Math.Floor(a / b),
            _ => Math.Pow(a, b),
        },
        _ => throw new PythonError($"{Described(left)} {sign} {Described(right)} cannot be calculated."),
    };

    public static long Integer(object? value) => Whole(value) ?? throw new PythonError($"{Repr(value)} is not a whole number.");

    public static double? Number(object? value) => value switch
    {
        double number => number,
        _ => Whole(value),
    };

    /// <summary>How an expression reads, for errors.</summary>
    public static string NameOf(Expression expression, int most = 8) => expression switch
    {
        _ when most == 0 => "…",
        Variable variable => variable.Name,
        Member member => $"{NameOf(member.Target, most - 1)}.{member.Name}",
        Index { Key: Constant key } index => $"{NameOf(index.Target, most - 1)}[{Repr(key.Literal)}]",
        Index index => $"{NameOf(index.Target, most - 1)}[…]",
        _ => "the value",
    };

    private static object Whole(string sign, long a, long b) => sign switch
    {
        "+" => checked(a + b),
        "-" => checked(a - b),
        "*" => checked(a * b),
        _ when b == 0 && sign != "**" => throw DivisionByZero(),
        "/" => (object)((double)a / b),                                                 // object: else the whole numbers would become floats here
        "//" => checked((long)Math.Floor((decimal)a / b)),
        "%" => b == -1 ? 0L : ((a % b) + b) % b,
        _ => b < 0 ? (object)Math.Pow(a, b) : checked((long)Math.Pow(a, b)),
    };

    private static PythonError DivisionByZero() => new("division by zero.");

    private static long? Whole(object? value) => value switch
    {
        long integer => integer,
        true => 1,
        false => 0,
        _ => null,
    };

    private static string Repeated(string text, long count) =>
        count * text.Length > 1_000_000 ? throw new PythonError("the repeated string is longer than a million characters.") : string.Concat(Enumerable.Repeat(text, (int)Math.Max(0, count)));

    private static string Described(object? value) => value switch
    {
        Undefined => "an undefined value",
        null => "None",
        _ => Repr(value),
    };

    private static int? Place(long index, int count) => (index < 0 ? index + count : index) is >= 0 and var place && place < count ? (int)place : null;

    private static IEnumerable<int> Places(int count, long? start, long? stop, long? step)
    {
        var by = step ?? 1;
        if (by == 0)
        {
            throw new PythonError("a slice's step cannot be 0.");
        }
        var from = start is { } s ? Clamp(s) : by > 0 ? 0 : count - 1;
        var to = stop is { } e ? Clamp(e) : by > 0 ? count : -1;
        for (var i = from; by > 0 ? i < to : i > to; i += by)
        {
            yield return (int)i;
        }

        long Clamp(long place) => Math.Clamp(place < 0 ? place + count : place, by > 0 ? 0 : -1, by > 0 ? count : count - 1);
    }

    private static string Float(double number)
    {
        if (double.IsNaN(number) || double.IsInfinity(number))
        {
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }
        var digits = number.ToString("R", CultureInfo.InvariantCulture);
        return Math.Abs(number) is >= 1e15 and < 1e16 ? number.ToString("F1", CultureInfo.InvariantCulture)
            : digits.Contains('E') ? digits.Replace("E", "e")
            : digits.Contains('.') ? digits : digits + ".0";
    }

    private static string Quoted(string text)
    {
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var quoted = new StringBuilder().Append(quote);
        foreach (var c in text)
        {
            quoted.Append(c switch
            {
                '\\' => @"\\",
                '\n' => @"\n",
                '\r' => @"\r",
                '\t' => @"\t",
                _ when c == quote => $"\\{c}",
                < ' ' or '\x7f' => $"\\x{(int)c:x2}",
                _ => c.ToString(),
            });
        }
        return quoted.Append(quote).ToString();
    }
}
