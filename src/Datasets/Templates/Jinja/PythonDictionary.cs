using System.Collections;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>A dictionary in the order of insertion; going through it gives its keys, which are compared as Python compares them (1 is 1.0 is True).</summary>
internal sealed class PythonDictionary : IReadOnlyCollection<object?>
{
    private readonly Dictionary<Key, object?> _items = [];

    public int Count => _items.Count;

    public IEnumerable<(object? Key, object? Value)> Entries => _items.Select(entry => (entry.Key.Value, entry.Value));

    public object? this[object? key]
    {
        set => _items[new(key)] = value;
    }

    public bool TryGet(object? key, out object? value) => _items.TryGetValue(new(key), out value);

    public bool Has(object? key) => _items.ContainsKey(new(key));

    public IEnumerator<object?> GetEnumerator() => _items.Keys.Select(key => key.Value).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private readonly struct Key(object? value) : IEquatable<Key>
    {
        public object? Value { get; } = value;

        public bool Equals(Key other) => Python.AreEqual(Value, other.Value);

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        public override int GetHashCode() => Python.Hash(Value);
    }
}

/// <summary>What <c>keys()</c>, <c>values()</c> and <c>items()</c> give: can be gone through and counted, but has no first or last.</summary>
internal sealed class DictionaryView(string name, int count, IEnumerable<object?> items) : IReadOnlyCollection<object?>
{
    public string Name { get; } = name;

    public int Count { get; } = count;

    public IEnumerator<object?> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
