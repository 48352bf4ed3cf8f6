using System.Runtime.InteropServices;
using ServerlessTuning.Datasets.Checkpoints;

namespace ServerlessTuning.Trainer.Training;

/// <summary>The token sequences of one split, from its shards: 8 bytes of memory a token.</summary>
public sealed class TokenSplit
{
    private readonly List<(int[] Ids, int[] Labels, int Begin, int Length)> sequences = [];

    /// <param name="shards">safetensors files with I32 <c>input_ids</c>, I32 <c>labels</c> and I64 <c>offsets</c>, in order.</param>
    /// <exception cref="SafetensorsFormatException">A shard does not keep the format.</exception>
    public TokenSplit(IEnumerable<string> shards)
    {
        foreach (var shard in shards)
        {
            var header = SafetensorsHeader.Read(shard);
            using var file = File.OpenRead(shard);
            var (ids, labels, offsets) = (Read<int>(file, header, "input_ids"), Read<int>(file, header, "labels"), Read<long>(file, header, "offsets"));
            for (var i = 0; i + 1 < offsets.Length; i++)
            {
                sequences.Add((ids, labels, (int)offsets[i], (int)(offsets[i + 1] - offsets[i])));
            }
        }

        Lengths = [.. sequences.Select(sequence => sequence.Length)];
    }

    /// <summary>Number of sequences.</summary>
    public int Count => sequences.Count;

    /// <summary>The embedding needs a row for it.</summary>
    public int LargestId => sequences.Select(sequence => sequence.Ids).Distinct().Max(ids => ids.Length == 0 ? 0 : ids.Max());

    /// <summary>Tokens of each sequence.</summary>
    public IReadOnlyList<int> Lengths { get; }

    public ReadOnlySpan<int> Ids(int sequence) => sequences[sequence] is var (ids, _, begin, length) ? ids.AsSpan(begin, length) : default;

    /// <summary>−100 where a token carries no loss; the label at i is predicted from i − 1.</summary>
    public ReadOnlySpan<int> Labels(int sequence) => sequences[sequence] is var (_, labels, begin, length) ? labels.AsSpan(begin, length) : default;

    private static T[] Read<T>(FileStream file, SafetensorsHeader header, string name)
        where T : unmanaged
    {
        if (!header.Entries.TryGetValue(name, out var entry) || entry.Type != (typeof(T) == typeof(int) ? SafetensorsType.I32 : SafetensorsType.I64))
        {
            throw new SafetensorsFormatException(file.Name, $"no {name} of the type of a token shard", "I32 input_ids, I32 labels, I64 offsets");
        }

        var values = new T[entry.Elements];
        file.Position = entry.Begin;
        file.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
