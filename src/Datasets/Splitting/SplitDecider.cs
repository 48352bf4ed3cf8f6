using ServerlessTuning.Contracts;

namespace ServerlessTuning.Datasets.Splitting;

/// <summary>
/// Decides for every example which split it goes to, or that it repeats an earlier one and is left out. Files given for validation and
/// test come first, so a training example that stands in one of them is the repetition. Memory: a byte an example, and
/// <see cref="FingerprintsAtOnce"/> fingerprints; a larger dataset is gone through several times.
/// </summary>
/// <param name="validation">Share held out of the training files for validation.</param>
/// <param name="test">Share held out of the training files for the test.</param>
/// <param name="fingerprintsAtOnce">Compared in one pass; about 50 bytes each.</param>
public sealed class SplitDecider(double validation, double test, int fingerprintsAtOnce = SplitDecider.FingerprintsAtOnce)
{
    /// <summary>A pass takes some 50 MB.</summary>
    public const int FingerprintsAtOnce = 1 << 20;

    /// <summary>In the place of a split: the example repeats an earlier one.</summary>
    public const byte LeftOut = byte.MaxValue;

    private readonly Dictionary<DatasetSplit, long> counts = new() { [DatasetSplit.Train] = 0, [DatasetSplit.Validation] = 0, [DatasetSplit.Test] = 0 };
    private readonly List<(UInt128 Fingerprint, int Part, int Index)> lowest = [];     // the two training examples next to the held-out ones

    /// <summary>Examples that repeat an earlier one.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Different examples in the files given for training, before any was held out.</summary>
    public long Different { get; private set; }

    public long Count(DatasetSplit split) => counts[split];

    /// <param name="parts">Parts of the dataset in order, those of validation and test files first; the file's split and the number of examples.</param>
    /// <param name="read">Reads the fingerprints of a part.</param>
    /// <returns>For each part a byte an example: a <see cref="DatasetSplit"/> or <see cref="LeftOut"/>.</returns>
    public async Task<byte[][]> DecideAsync(IReadOnlyList<(DatasetSplit File, int Examples)> parts, Func<int, Task<UInt128[]>> read)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(read);
        var decisions = parts.Select(static part => new byte[part.Examples]).ToArray();
        var passes = (int)(parts.Sum(static part => (long)part.Examples) / fingerprintsAtOnce) + 1;
        for (var pass = 0; pass < passes; pass++)
        {
            var seen = new HashSet<UInt128>();
            for (var part = 0; part < parts.Count; part++)
            {
                var fingerprints = await read(part);
                for (var i = 0; i < fingerprints.Length; i++)
                {
                    if ((int)((ulong)fingerprints[i] % (ulong)passes) == pass)
                    {
                        decisions[part][i] = Decide(fingerprints[i], parts[part].File, seen, part, i);
                    }
                }
            }
        }

        HoldOutAtLeastOne(DatasetSplit.Test, test, decisions);
        HoldOutAtLeastOne(DatasetSplit.Validation, validation, decisions);
        return decisions;
    }

    private byte Decide(UInt128 fingerprint, DatasetSplit file, HashSet<UInt128> seen, int part, int index)
    {
        if (!seen.Add(fingerprint))
        {
            Duplicates++;
            return LeftOut;
        }

        var split = file == DatasetSplit.Train ? SplitByHash.Of(fingerprint, validation, test) : file;
        counts[split]++;
        Different += file == DatasetSplit.Train ? 1 : 0;
        if (split == DatasetSplit.Train)
        {
            Remember(fingerprint, part, index);
        }

        return (byte)split;
    }

    private void Remember(UInt128 fingerprint, int part, int index)
    {
        if (lowest.Count < 2 || fingerprint < lowest[^1].Fingerprint)
        {
            lowest.Add((fingerprint, part, index));
            lowest.Sort(static (a, b) => a.Fingerprint.CompareTo(b.Fingerprint));
            lowest.RemoveRange(Math.Min(2, lowest.Count), lowest.Count - Math.Min(2, lowest.Count));
        }
    }

    /// <summary>A small dataset may leave a split empty by chance; then the example that comes next in the order of fingerprints moves over.</summary>
    private void HoldOutAtLeastOne(DatasetSplit split, double share, byte[][] decisions)
    {
        if (share > 0 && counts[split] == 0 && counts[DatasetSplit.Train] > 1)
        {
            decisions[lowest[0].Part][lowest[0].Index] = (byte)split;
            lowest.RemoveAt(0);
            counts[split]++;
            counts[DatasetSplit.Train]--;
        }
    }
}
