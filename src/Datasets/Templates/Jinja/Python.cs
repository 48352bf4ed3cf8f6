using System.Numerics;
using System.Runtime.CompilerServices;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>
/// What Python does with the values of a template. They are: null (None), bool, long, <see cref="BigInteger"/> (only where long is too small), double, string,
/// List, <see cref="PythonTuple"/>, <see cref="PythonDictionary"/>, <see cref="PythonRange"/>, <see cref="PythonIterator"/>, <see cref="DictionaryView"/>,
/// <see cref="Callable"/>, <see cref="IHasAttributes"/> and <see cref="Undefined"/>.
/// </summary>
internal static class Python
{
    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined or false or 0L or 0d or "" => false,
        IReadOnlyCollection<object?> { Count: 0 } => false,
        _ => true,
    };

    public static string Str(object? value) => PythonText.Str(value);

    public static string Repr(object? value) => PythonText.Repr(value);

    /// <param name="depth">Of nested values.</param>
    public static bool AreEqual(object? left, object? right, int depth = 0)
    {
        Meter.StepInto(depth);
        return (left, right) switch
        {
            (null, null) or (Undefined, Undefined) => true,
            (string a, string b) => SameText(a, b),
            (PythonDictionary a, PythonDictionary b) => a.Count == b.Count && a.Entries.All(entry => b.TryGet(entry.Key, out var other) && AreEqual(entry.Value, other, depth + 1)),
            (IReadOnlyList<object?> a, IReadOnlyList<object?> b) => a is PythonTuple == b is PythonTuple && a is PythonRange == b is PythonRange && SameItems(a, b, depth + 1),
            _ when PythonNumbers.Whole(left) is { } a && PythonNumbers.Whole(right) is { } b => a == b,
            _ when PythonNumbers.Number(left) is { } a && PythonNumbers.Number(right) is { } b => a == b,
            _ => ReferenceEquals(left, right),
        };
    }

    public static int Hash(object? value, int depth = 0)
    {
        Meter.StepInto(depth);
        return value switch
        {
            null => 0,
            string text => text.GetHashCode(StringComparison.Ordinal),
            PythonTuple items => items.Aggregate(items.Count, (hash, item) => HashCode.Combine(hash, Hash(item, depth + 1))),
            IReadOnlyCollection<object?> => throw new PythonError($"{Described(value)} cannot be a dictionary's key."),
            _ when PythonNumbers.Number(value) is { } number => number.GetHashCode(),
            _ => RuntimeHelpers.GetHashCode(value),
        };
    }

    public static int Compare(object? left, object? right) => Compare(left, right, depth: 0);

    private static int Compare(object? left, object? right, int depth)
    {
        Meter.StepInto(depth);
        return (left, right) switch
        {
            (string a, string b) => PythonText.Compare(a, b),
            _ when PythonNumbers.Whole(left) is { } a && PythonNumbers.Whole(right) is { } b => a.CompareTo(b),
            _ when PythonNumbers.Number(left) is { } a && PythonNumbers.Number(right) is { } b => a.CompareTo(b),
            (List<object?> a, List<object?> b) when a is PythonTuple == b is PythonTuple =>
                a.Zip(b).Where(pair => !AreEqual(pair.First, pair.Second, depth + 1)).Select(pair => Compare(pair.First, pair.Second, depth + 1)).FirstOrDefault(a.Count - b.Count),
            _ => throw new PythonError($"{Described(left)} and {Described(right)} have no order."),
        };
    }

    public static bool Contains(object? container, object? item)
    {
        switch (container)
        {
            case string text:
                Meter.Read(text.Length);
                return item is string part ? text.Contains(part, StringComparison.Ordinal) : throw new PythonError($"'in' a string needs a string, not {Described(item)}.");
            case PythonDictionary dictionary:
                return dictionary.Has(item);
            case Undefined:
                return false;
            case IEnumerable<object?> items:
                return items.Any(other => AreEqual(other, item));
            default:
                throw new PythonError($"{Repr(container)} holds nothing that 'in' could find.");
        }
    }

    public static IEnumerable<object?> Iterate(object? value) => value switch
    {
        Undefined => [],
        string text => PythonText.Characters(text),
        IEnumerable<object?> items => items,
        _ => throw new PythonError($"{Repr(value)} is not something to loop over."),
    };

    /// <summary>The items as a list of its own.</summary>
    public static List<object?> Listed(object? value)
    {
        Meter.Make(4 * (value is IReadOnlyCollection<object?> { Count: var count } ? count : value is string text ? 4 * text.Length : 1));
        return [.. Iterate(value)];
    }

    public static long Length(object? value) => value switch
    {
        string text => PythonText.Length(text),
        IReadOnlyCollection<object?> items => items.Count,
        Undefined => 0,
        _ => throw new PythonError($"{Repr(value)} has no length."),
    };

    /// <summary><c>value[key]</c>; undefined when there is none.</summary>
    public static object? Item(object? value, object? key) => (value, key) switch
    {
        (PythonDictionary dictionary, _) => IsKey(key) && dictionary.TryGet(key, out var item) ? item : Undefined.Instance,
        (IReadOnlyList<object?> list, long or bool) => Place(Integer(key), list.Count) is { } place ? list[place] : Undefined.Instance,
        (string text, long or bool) => PythonText.At(text, Integer(key)) ?? (object)Undefined.Instance,
        _ => Undefined.Instance,
    };

    /// <summary><c>value.name</c>: a method or attribute if there is one, else the item.</summary>
    public static object? Attribute(object? value, string name) => Methods.Find(value, name) ?? Item(value, name);

    public static object? Slice(object? value, long? start, long? stop, long? step)
    {
        switch (value)
        {
            case string text:
                return PythonText.Slice(text, start, stop, step);
            case IReadOnlyList<object?> list:
                Meter.Make(4L * list.Count);
                var items = Places(list.Count, start, stop, step).Select(i => list[i]);
                return list is PythonTuple ? new PythonTuple(items) : items.ToList();
            default:
                throw new PythonError($"{Described(value)} cannot be sliced.");
        }
    }

    public static long Integer(object? value) => value switch
    {
        long integer => integer,
        bool truth => truth ? 1 : 0,
        _ => throw new PythonError($"{Described(value)} is not a whole number."),
    };

    /// <summary>A value as an error names it.</summary>
    public static string Described(object? value) => value is Undefined ? "an undefined value" : PythonText.Shortened(Repr(value));

    public static int? Place(long index, int count) => (index < 0 ? index + count : index) is >= 0 and var place && place < count ? (int)place : null;

    /// <summary>The places that a slice takes of so many.</summary>
    public static IEnumerable<int> Places(int count, long? start, long? stop, long? step)
    {
        var by = step ?? 1;
        if (by == 0)
        {
            throw new PythonError("a slice's step cannot be 0.");
        }

        var from = start is { } s ? Clamp(s) : by > 0 ? 0 : count - 1;
        var to = stop is { } e ? Clamp(e) : by > 0 ? count : -1;
        return Walk(from, to, Math.Clamp(by, -1L << 40, 1L << 40));

        long Clamp(long place) => Math.Clamp(place < 0 ? Math.Max(place, -1L << 40) + count : place, by > 0 ? 0 : -1, by > 0 ? count : count - 1);

        static IEnumerable<int> Walk(long from, long to, long by)
        {
            for (var i = from; by > 0 ? i < to : i > to; i += by)
            {
                yield return (int)i;
            }
        }
    }

    private static bool IsKey(object? value) => value is PythonTuple or not IReadOnlyCollection<object?>;

    private static bool SameText(string a, string b)
    {
        Meter.Read(a.Length == b.Length ? a.Length : 0);
        return a == b;
    }

    private static bool SameItems(IReadOnlyList<object?> a, IReadOnlyList<object?> b, int depth)
    {
        var same = a.Count == b.Count;
        for (var i = 0; same && i < a.Count; i++)
        {
            same = AreEqual(a[i], b[i], depth);
        }

        return same;
    }
}
