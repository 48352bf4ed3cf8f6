using System.Collections;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>What <c>map</c>, <c>select</c> and their like give: it is true even when nothing is in it, has no length, and can be gone through once.</summary>
internal sealed class PythonIterator(IReadOnlyList<object?> items) : IEnumerable<object?>
{
    private int _next;

    public bool IsAtEnd => _next >= items.Count;

    public object? Next() => items[_next++];

    public IEnumerator<object?> GetEnumerator()
    {
        while (!IsAtEnd)
        {
            yield return Next();
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
