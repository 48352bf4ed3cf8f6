namespace ServerlessTuning.Datasets.Packing;

/// <summary>Which examples lie in which row of one epoch, in the order in which the rows are trained on.</summary>
public sealed class PackedRows
{
    private readonly int[] examples;
    private readonly int[] starts;

    internal PackedRows(int[] examples, int[] starts) => (this.examples, this.starts) = (examples, starts);

    /// <summary>Number of rows.</summary>
    public int Count => starts.Length - 1;

    /// <summary>Examples of a row by their index in the split, in the order in which they stand in it.</summary>
    public ReadOnlySpan<int> this[int row] => examples.AsSpan(starts[row], starts[row + 1] - starts[row]);
}
