using ServerlessTuning.Datasets.Packing;

namespace ServerlessTuning.Trainer.Training;

/// <summary>
/// Which sequences each optimizer step trains on: a pure function of seed and step. Every epoch packs all sequences, or those that a mixture takes, anew into rows;
/// the rows of the epochs make one stream, and step s takes the rows s·R to (s + 1)·R − 1 of it.
/// </summary>
/// <param name="mixture">Null takes each sequence once an epoch.</param>
public sealed class DataOrder(IReadOnlyList<int> lengths, int contextLength, int rowsPerStep, int seed, Mixture? mixture = null)
{
    private readonly List<(IReadOnlyList<int>? Taken, PackedRows Rows)> epochs = [];
    private readonly List<long> firstRows = [0];

    /// <returns>The rows of a step, each the indices of its sequences.</returns>
    public IReadOnlyList<int[]> Rows(int step) =>
        [.. Enumerable.Range(0, rowsPerStep).Select(i => Row((long)step * rowsPerStep + i))];

    /// <summary>Steps that see every sequence once; the last may begin the next epoch.</summary>
    public int StepsPerEpoch => (Epoch(0).Rows.Count + rowsPerStep - 1) / rowsPerStep;

    private int[] Row(long row)
    {
        var epoch = 0;
        while (row >= firstRows[epoch] + Epoch(epoch).Rows.Count)
        {
            epoch++;
        }

        var (taken, rows) = Epoch(epoch);
        var members = rows[(int)(row - firstRows[epoch])];
        return taken is null ? members.ToArray() : [.. members.ToArray().Select(member => taken[member])];
    }

    private (IReadOnlyList<int>? Taken, PackedRows Rows) Epoch(int epoch)
    {
        while (epochs.Count <= epoch)
        {
            var taken = mixture?.Of(epochs.Count);
            epochs.Add((taken, RowPacking.Pack(taken is null ? lengths : [.. taken.Select(example => lengths[example])], contextLength, seed, epochs.Count)));
            firstRows.Add(firstRows[^1] + epochs[^1].Rows.Count);
        }

        return epochs[epoch];
    }
}
