namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary><c>loop</c>: where a loop stands.</summary>
/// <param name="depth">Of a recursive loop, from 0.</param>
/// <param name="again">Runs a recursive loop's body over other items and gives its text; null when the loop is not recursive.</param>
internal sealed class LoopContext(IReadOnlyList<object?> items, int depth, Func<object?, string>? again) : IHasAttributes, ICallable
{
    private object? _lastSeen = Undefined.Instance;

    public int Index { get; set; }

    public object? Attribute(string name) => name switch
    {
        "index" => Index + 1L,
        "index0" => (long)Index,
        "revindex" => (long)(items.Count - Index),
        "revindex0" => items.Count - Index - 1L,
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => (long)items.Count,
        "depth" => depth + 1L,
        "depth0" => (long)depth,
        "previtem" => Index > 0 ? items[Index - 1] : Undefined.Instance,
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : Undefined.Instance,
        "cycle" => (Callable)(arguments => arguments.Positional.Count > 0 ? arguments.Positional[Index % arguments.Positional.Count] : throw new PythonError("cycle() needs values.")),
        "changed" => (Callable)(arguments => Changed(new PythonTuple(arguments.Positional))),
        _ => Undefined.Instance,
    };

    public object? Call(CallArguments arguments) => again is null
        ? throw new PythonError("the loop is not marked 'recursive', so it cannot be called.") : again(arguments.Get(0, "iterable", Undefined.Instance));

    private bool Changed(PythonTuple values)
    {
        var changed = !Python.AreEqual(_lastSeen, values);
        _lastSeen = values;
        return changed;
    }
}
