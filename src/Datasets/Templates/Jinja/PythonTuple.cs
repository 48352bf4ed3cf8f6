namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>A list that prints with parentheses.</summary>
internal sealed class PythonTuple(IEnumerable<object?> items) : List<object?>(items);
