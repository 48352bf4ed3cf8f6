using System.Numerics;

namespace ServerlessTuning.Trainer.Graders.Similarity;

/// <summary>
/// Length of the longest common subsequence, 64 cells of the table at a time, so that an answer of a hundred thousand words takes no minute.
/// Source: Hyyrö 2004, "Bit-parallel LCS-length computation revisited": V' = (V + (V and M)) or (V and not M), and the zeros of V at the end are the length.
/// </summary>
internal static class CommonSubsequence
{
    /// <remarks>Time: at most |a| · |b| / 64, less where items are rare; memory: |a| + |b|.</remarks>
    public static int Length<T>(T[] a, T[] b) where T : notnull
    {
        var places = Places(b);
        var row = new ulong[(b.Length + 63) / 64];
        Array.Fill(row, ulong.MaxValue);
        foreach (var item in a)
        {
            if (places.TryGetValue(item, out var at))
            {
                Advance(row, at);
            }
        }

        return row.Sum(block => 64 - BitOperations.PopCount(block));
    }

    /// <summary>Where each item stands in b: the blocks that hold it, in order, and its bits in them.</summary>
    private static Dictionary<T, List<(int Block, ulong Bits)>> Places<T>(T[] b) where T : notnull
    {
        var places = new Dictionary<T, List<(int Block, ulong Bits)>>();
        for (var i = 0; i < b.Length; i++)
        {
            var (block, bit) = (i / 64, 1UL << (i % 64));
            if (!places.TryGetValue(b[i], out var blocks))
            {
                places[b[i]] = [(block, bit)];
            }
            else if (blocks[^1].Block == block)
            {
                blocks[^1] = (block, blocks[^1].Bits | bit);
            }
            else
            {
                blocks.Add((block, bit));
            }
        }

        return places;
    }

    /// <summary>One item of a. A block without the item changes only while a carry runs through it.</summary>
    private static void Advance(ulong[] row, List<(int Block, ulong Bits)> places)
    {
        for (var (next, i, carry) = (0, places[0].Block, 0UL); i < row.Length; i++)
        {
            var bits = next < places.Count && places[next].Block == i ? places[next++].Bits : 0;
            var (before, matched) = (row[i], row[i] & bits);
            var sum = before + matched;
            row[i] = (sum + carry) | (before & ~matched);
            carry = sum < before || (carry == 1 && sum == ulong.MaxValue) ? 1UL : 0UL;
            if (carry == 0)
            {
                if (next == places.Count)
                {
                    return;
                }

                i = places[next].Block - 1;
            }
        }
    }
}
