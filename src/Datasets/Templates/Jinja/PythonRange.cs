using System.Collections;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>What <c>range()</c> gives: numbers that are not stored.</summary>
internal sealed class PythonRange(long start, long stop, long step) : IReadOnlyList<object?>
{
    /// <summary>As Jinja2's sandbox has it.</summary>
    private const long Longest = 100_000;

    public int Count { get; } = CountOf(start, stop, step);

    public object? this[int index] => start + index * step;

    public IEnumerator<object?> GetEnumerator() => Enumerable.Range(0, Count).Select(i => this[i]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => step == 1 ? $"range({start}, {stop})" : $"range({start}, {stop}, {step})";

    private static int CountOf(long start, long stop, long step)
    {
        var distance = (Int128)stop - start;
        var count = step == 0 ? throw new PythonError("range()'s step is 0.") : Math.Sign(step) != Int128.Sign(distance) ? 0 : (distance + step - Math.Sign(step)) / step;
        return count <= Longest ? (int)count : throw new PythonError($"range() is longer than {Longest}.");
    }
}
