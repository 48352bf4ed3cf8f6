using ServerlessTuning.Datasets.Packing;

namespace ServerlessTuning.Trainer.Training;

/// <summary>
/// Which sequences each optimizer step trains on: a pure function of seed and step. Every epoch packs all sequences anew into rows;
/// the rows of the epochs make one stream, and step s takes the rows s·R to (s + 1)·R − 1 of it.
/// </summary>
public sealed class DataOrder(IReadOnlyList<int> lengths, int contextLength, int rowsPerStep, int seed)
{
    private readonly List<PackedRows> epochs = [];
    private readonly List<long> firstRows = [0];

    /// <returns>The rows of a step, each the indices of its sequences.</returns>
    public IReadOnlyList<int[]> Rows(int step) =>
        [.. Enumerable.Range(0, rowsPerStep).Select(i => Row((long)step * rowsPerStep + i))];

    /// <summary>Steps that see every sequence once; the last may begin the next epoch.</summary>
    public int StepsPerEpoch => (Epoch(0).Count + rowsPerStep - 1) / rowsPerStep;

    private int[] Row(long row)
    {
        var epoch = 0;
        while (row >= firstRows[epoch] + Epoch(epoch).Count)
        {
            epoch++;
        }

        return Epoch(epoch)[(int)(row - firstRows[epoch])].ToArray();
    }

    private PackedRows Epoch(int epoch)
    {
        while (epochs.Count <= epoch)
        {
            epochs.Add(RowPacking.Pack(lengths, contextLength, seed, epochs.Count));
            firstRows.Add(firstRows[^1] + epochs[^1].Count);
        }

        return epochs[epoch];
    }
}
