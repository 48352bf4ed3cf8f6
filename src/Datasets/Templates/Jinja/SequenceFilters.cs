namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Filters on sequences and dictionaries.</summary>
internal static class SequenceFilters
{
    public static IReadOnlyDictionary<string, Func<object?, CallArguments, object?>> All { get; } = new Dictionary<string, Func<object?, CallArguments, object?>>
    {
        ["length"] = (value, _) => Python.Length(value),
        ["count"] = (value, _) => Python.Length(value),
        ["first"] = (value, _) => First(value),
        ["last"] = (value, _) => value is PythonIterator ? throw new PythonError("an iterator has no last item; make a list of it first.") : Python.Iterate(value).LastOrDefault(Undefined.Instance),
        ["list"] = (value, _) => Python.Listed(value),
        ["reverse"] = (value, _) => Reversed(value),
        ["join"] = (value, arguments) => Joined(value, arguments),
        ["sort"] = Sorted,
        ["unique"] = Unique,
        ["min"] = (value, arguments) => Best(value, arguments, 1),
        ["max"] = (value, arguments) => Best(value, arguments, -1),
        ["sum"] = (value, arguments) => Python.Iterate(value).Select(Getter(arguments.Get(0, "attribute")))
            .Aggregate(arguments.Get(1, "start", 0L), (sum, item) => item is string ? throw new PythonError("strings cannot be summed; join them.") : PythonNumbers.Calculate("+", sum, item)),
        ["groupby"] = Grouped,
        ["batch"] = Batched,
        ["slice"] = Sliced,
    };

    /// <summary>Takes an item's attribute by a path such as <c>function.name</c>, or the item itself.</summary>
    /// <param name="otherwise">Stands in for every step that is not there; null for none.</param>
    public static Func<object?, object?> Getter(object? path, object? otherwise = null)
    {
        object?[] steps = path switch
        {
            null => [],
            string name => [.. name.Split('.').Select(step => step.Length > 0 && step.All(char.IsAsciiDigit) && long.TryParse(step, out var place) ? (object)place : step)],
            _ => [path],
        };
        return item => steps.Aggregate(item, (inner, step) => Step(inner, step) is var found && found is Undefined && otherwise is not null ? otherwise : found);
    }

    public static IEnumerable<PythonTuple> SortedEntries(object? value, CallArguments arguments)
    {
        var place = arguments.Text(1, "by", "key") switch { "key" => 0, "value" => 1, var by => throw new PythonError($"dictsort sorts by key or value, not by '{by}'.") };
        return Ordered([.. Methods.Items(value)], Keyed(item => ((PythonTuple)item!)[place], arguments.IsTrue(0, "case_sensitive")), arguments.IsTrue(2, "reverse")).Cast<PythonTuple>();
    }

    private static object? Step(object? value, object? step) => value is Undefined ? throw new PythonError($"an undefined value has no '{step}'.")
        : Python.Item(value, step) is var item && item is Undefined && step is string name ? Methods.Find(value, name) ?? item : item;

    private static object? First(object? value) => value is PythonIterator iterator ? iterator.IsAtEnd ? Undefined.Instance : iterator.Next() : Python.Iterate(value).FirstOrDefault(Undefined.Instance);

    private static object Reversed(object? value)
    {
        var items = Python.Listed(value is IReadOnlyCollection<object?> or string ? value : throw new PythonError($"{Python.Described(value)} cannot be reversed."));
        items.Reverse();
        return value is string ? string.Concat(items) : new PythonIterator(items);
    }

    private static string Joined(object? value, CallArguments arguments)
    {
        var separator = arguments.Text(0, "d");
        var parts = Python.Iterate(value).Select(Getter(arguments.Get(1, "attribute"))).Select(Python.Str).ToList();
        Meter.Make(parts.Sum(part => (long)part.Length + separator.Length));
        return string.Join(separator, parts);
    }

    private static List<object?> Sorted(object? value, CallArguments arguments)
    {
        var path = arguments.Get(2, "attribute");
        var keys = (path is string names ? names.Split(',') : new[] { path }).Select(part => Keyed(Getter(part), arguments.IsTrue(1, "case_sensitive"))).ToList();
        return Ordered(Python.Listed(value), item => new PythonTuple(keys.Select(key => key(item))), arguments.IsTrue(0, "reverse"));
    }

    // Stable in both directions, as Python's sorted.
    private static List<object?> Ordered(List<object?> items, Func<object?, object?> key, bool reverse)
    {
        var keyed = items.Select(item => (Key: key(item), Item: item)).ToList();
        var order = Comparer<object?>.Create(Python.Compare);
        try
        {
            return [.. (reverse ? keyed.OrderByDescending(pair => pair.Key, order) : keyed.OrderBy(pair => pair.Key, order)).Select(pair => pair.Item)];
        }
        catch (InvalidOperationException e) when (e.InnerException is PythonError inner)
        {
            throw inner;
        }
    }

    private static PythonIterator Unique(object? value, CallArguments arguments)
    {
        var (seen, kept) = (new PythonDictionary(), new List<object?>());
        var key = Keyed(Getter(arguments.Get(1, "attribute")), arguments.IsTrue(0, "case_sensitive"));
        foreach (var item in Python.Iterate(value))
        {
            if (!seen.Has(key(item)))
            {
                seen[key(item)] = true;
                kept.Add(item);
            }
        }

        return new(kept);
    }

    private static object? Best(object? value, CallArguments arguments, int sign)
    {
        var key = Keyed(Getter(arguments.Get(1, "attribute")), arguments.IsTrue(0, "case_sensitive"));
        object? best = Undefined.Instance;
        foreach (var item in Python.Iterate(value))
        {
            best = best is Undefined || Python.Compare(key(item), key(best)) * sign < 0 ? item : best;
        }

        return best;
    }

    private static List<object?> Grouped(object? value, CallArguments arguments)
    {
        var grouper = Getter(arguments.Get(0, "attribute"), arguments.Get(1, "default"));
        var (groups, exact) = (new List<object?>(), arguments.IsTrue(2, "case_sensitive"));
        foreach (var item in Ordered(Python.Listed(value), Keyed(grouper, exact), reverse: false))
        {
            if (groups.Count == 0 || !Python.AreEqual(Folded(((GroupTuple)groups[^1]!)[0], exact), Folded(grouper(item), exact)))
            {
                groups.Add(new GroupTuple(grouper(item), []));
            }

            ((List<object?>)((GroupTuple)groups[^1]!)[1]!).Add(item);
        }

        return groups;
    }

    private static PythonIterator Batched(object? value, CallArguments arguments)
    {
        var (size, fill) = (arguments.Integer(0, "linecount", 1), arguments.Get(1, "fill_with"));
        var batches = new List<object?>();
        var batch = new List<object?>();
        foreach (var item in Python.Iterate(value))
        {
            if (batch.Count == size)
            {
                batches.Add(batch);
                batch = [];
            }

            batch.Add(item);
        }

        if (batch.Count > 0)
        {
            Meter.Make(fill is null || size <= batch.Count ? 0 : size);
            batches.Add(fill is null || size <= batch.Count ? batch : [.. batch, .. Enumerable.Repeat(fill, (int)(size - batch.Count))]);
        }

        return new(batches);
    }

    private static PythonIterator Sliced(object? value, CallArguments arguments)
    {
        var (items, slices, fill) = (Python.Listed(value), arguments.Integer(0, "slices", 1), arguments.Get(1, "fill_with"));
        Meter.Make(slices > 0 ? 8 * Math.Min(slices, int.MaxValue) : throw new PythonError("slice needs a number of slices above 0."));
        var (each, extra) = (items.Count / slices, items.Count % slices);
        var made = new List<object?>();
        for (var (i, start) = (0L, 0L); i < slices; i++)
        {
            var length = each + (i < extra ? 1 : 0);
            var slice = items.GetRange((int)start, (int)length);
            made.Add(fill is not null && i >= extra ? [.. slice, fill] : slice);
            start += length;
        }

        return new(made);
    }

    private static Func<object?, object?> Keyed(Func<object?, object?> get, bool caseSensitive) => item => Folded(get(item), caseSensitive);

    private static object? Folded(object? key, bool caseSensitive) => key is string text && !caseSensitive ? StringMethods.Lower(text) : key;
}
