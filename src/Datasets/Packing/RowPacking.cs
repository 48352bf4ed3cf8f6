using System.Numerics;

namespace ServerlessTuning.Datasets.Packing;

/// <summary>
/// Packs whole examples into rows of a fixed length: shuffle by (seed, epoch), put each example into the fullest open row that still
/// takes it (best fit), shuffle the rows. Every example is in exactly one row. The same arguments give the same rows on every machine.
/// </summary>
public static class RowPacking
{
    /// <param name="lengths">Tokens of each example, 1 to <paramref name="rowLength"/>.</param>
    /// <param name="rowLength">Tokens that fit into a row: the context length.</param>
    /// <param name="seed">Of the run.</param>
    /// <param name="epoch">Counted from 0; each epoch has its own order.</param>
    /// <exception cref="ArgumentException">An example is empty or longer than a row; preparation cuts or drops those.</exception>
    public static PackedRows Pack(IReadOnlyList<int> lengths, int rowLength, long seed, int epoch)
    {
        ArgumentNullException.ThrowIfNull(lengths);
        ArgumentOutOfRangeException.ThrowIfLessThan(rowLength, 1);
        var random = new OrderRandom(seed, epoch);
        var order = Shuffled(lengths.Count, random);
        var rowOf = new int[lengths.Count];
        var open = new OpenRows(rowLength);
        foreach (var example in order)
        {
            var length = lengths[example];
            if (length < 1 || length > rowLength)
            {
                throw new ArgumentException($"Example {example} has {length} tokens; a row takes 1 to {rowLength}. Prepare the dataset for this context length.", nameof(lengths));
            }

            rowOf[example] = open.Take(length);
        }

        return Gather(order, rowOf, Shuffled(open.Count, random));
    }

    /// <summary>Lists each row's examples in the order in which they were put there, and the rows in the order of training.</summary>
    private static PackedRows Gather(int[] order, int[] rowOf, int[] rowOrder)
    {
        var position = new int[rowOrder.Length];              // of a row in training
        for (var i = 0; i < rowOrder.Length; i++)
        {
            position[rowOrder[i]] = i;
        }

        var starts = new int[rowOrder.Length + 1];
        foreach (var row in rowOf)
        {
            starts[position[row] + 1]++;
        }

        for (var i = 0; i < rowOrder.Length; i++)
        {
            starts[i + 1] += starts[i];
        }

        var next = starts[..^1];
        var examples = new int[order.Length];
        foreach (var example in order)
        {
            examples[next[position[rowOf[example]]]++] = example;
        }

        return new PackedRows(examples, starts);
    }

    private static int[] Shuffled(int count, OrderRandom random)
    {
        var order = new int[count];
        for (var i = 0; i < count; i++)
        {
            order[i] = i;
        }

        for (var i = count - 1; i > 0; i--)
        {
            var j = random.Below(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    /// <summary>Rows by the tokens they still take. A bit per amount finds the smallest that fits, 64 amounts at a time.</summary>
    private sealed class OpenRows(int rowLength)
    {
        private readonly Stack<int>?[] withFree = new Stack<int>?[rowLength + 1];
        private readonly ulong[] some = new ulong[(rowLength >> 6) + 1];

        public int Count { get; private set; }

        public int Take(int length)
        {
            var free = SmallestFree(length);
            var row = free < 0 ? Count++ : Pop(free);
            Push((free < 0 ? rowLength : free) - length, row);
            return row;
        }

        private int SmallestFree(int length)
        {
            var word = length >> 6;
            var bits = some[word] & (ulong.MaxValue << (length & 63));
            while (bits == 0)
            {
                if (++word == some.Length)
                {
                    return -1;
                }

                bits = some[word];
            }

            return (word << 6) + BitOperations.TrailingZeroCount(bits);
        }

        private int Pop(int free)
        {
            var rows = withFree[free]!;
            var row = rows.Pop();
            if (rows.Count == 0)
            {
                some[free >> 6] &= ~(1UL << (free & 63));
            }

            return row;
        }

        private void Push(int free, int row)
        {
            if (free > 0)                                     // a full row is never looked for again
            {
                (withFree[free] ??= new()).Push(row);
                some[free >> 6] |= 1UL << (free & 63);
            }
        }
    }
}
