namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>A list that prints with parentheses and may be a dictionary's key.</summary>
internal class PythonTuple(IEnumerable<object?> items) : List<object?>(items);

/// <summary>What <c>groupby</c> makes of each group: a pair with the attributes grouper and list.</summary>
internal sealed class GroupTuple(object? grouper, List<object?> items) : PythonTuple([grouper, items]);
