using System.Runtime.InteropServices;
using ServerlessTuning.Datasets.Checkpoints;

namespace ServerlessTuning.Trainer.Training;

/// <summary>The examples of one split as token sequences, from its shards: 8 bytes of memory a token.</summary>
public sealed class TokenSplit
{
    private readonly List<(int[] Ids, int[] Labels, int Begin, int Length)> sequences;
    private readonly List<float[]> targets = [];
    private readonly int each;

    /// <param name="shards">safetensors files with I32 <c>input_ids</c>, I32 <c>labels</c>, I64 <c>offsets</c>, and F32 <c>targets</c> where there are labels; in order.</param>
    /// <param name="sequencesPerExample">2 for pairs.</param>
    /// <exception cref="SafetensorsFormatException">A shard does not keep the format.</exception>
    public TokenSplit(IEnumerable<string> shards, int sequencesPerExample = 1)
    {
        (each, sequences) = (sequencesPerExample, []);
        foreach (var shard in shards)
        {
            var header = SafetensorsHeader.Read(shard);
            using var file = File.OpenRead(shard);
            var (ids, labels, offsets) = (Read<int>(file, header, "input_ids"), Read<int>(file, header, "labels"), Read<long>(file, header, "offsets"));
            for (var i = 0; i + 1 < offsets.Length; i++)
            {
                sequences.Add((ids, labels, (int)offsets[i], (int)(offsets[i + 1] - offsets[i])));
            }

            if (header.Entries.TryGetValue("targets", out var entry))
            {
                targets.AddRange(Read<float>(file, header, "targets").Chunk((int)entry.Shape[1]));
            }
        }

        Lengths = [.. sequences.Chunk(each).Select(pair => pair.Sum(sequence => sequence.Length))];
    }

    private TokenSplit(IEnumerable<(int[] Ids, int[] Labels)> examples)
    {
        each = 1;
        sequences = [.. examples.Select(example => (example.Ids, example.Labels, 0, example.Ids.Length))];
        Lengths = [.. sequences.Select(sequence => sequence.Length)];
    }

    /// <summary>Each example's question with the answer of the next one, the last one's with the first's.</summary>
    /// <param name="longest">Tokens; what is longer is cut.</param>
    public TokenSplit Mismatched(int longest) => new(Enumerable.Range(0, Count).Select(i =>
    {
        var (own, other) = (Question(i), Question((i + 1) % Count));
        int[] ids = [.. Ids(i)[..own], .. Ids((i + 1) % Count)[other..]];
        int[] labels = [.. Enumerable.Repeat(-100, own), .. Labels((i + 1) % Count)[other..]];
        return (ids[..Math.Min(longest, ids.Length)], labels[..Math.Min(longest, ids.Length)]);
    }));

    /// <summary>Tokens in front of the first one that is learned.</summary>
    private int Question(int sequence) => Labels(sequence).IndexOfAnyExcept(-100) is >= 0 and var first ? first : Labels(sequence).Length;

    /// <summary>Number of examples.</summary>
    public int Count => Lengths.Count;

    /// <summary>The sequences of an example, by number.</summary>
    public IEnumerable<int> Sequences(int example) => Enumerable.Range(example * each, each);

    /// <summary>What is learned of a whole example.</summary>
    public IReadOnlyList<float> Targets(int example) => targets[example];

    /// <summary>The embedding needs a row for it.</summary>
    public int LargestId => sequences.Select(sequence => sequence.Ids).Distinct().Max(ids => ids.Length == 0 ? 0 : ids.Max());

    /// <summary>Tokens of each example, all its sequences together.</summary>
    public IReadOnlyList<int> Lengths { get; }

    public ReadOnlySpan<int> Ids(int sequence) => sequences[sequence] is var (ids, _, begin, length) ? ids.AsSpan(begin, length) : default;

    /// <summary>−100 where a token carries no loss; the label at i is predicted from i − 1.</summary>
    public ReadOnlySpan<int> Labels(int sequence) => sequences[sequence] is var (_, labels, begin, length) ? labels.AsSpan(begin, length) : default;

    private static T[] Read<T>(FileStream file, SafetensorsHeader header, string name)
        where T : unmanaged
    {
        if (!header.Entries.TryGetValue(name, out var entry) || entry.Type != (typeof(T) == typeof(int) ? SafetensorsType.I32 : typeof(T) == typeof(long) ? SafetensorsType.I64 : SafetensorsType.F32))
        {
            throw new SafetensorsFormatException(file.Name, $"no {name} of the type of a token shard", "I32 input_ids, I32 labels, I64 offsets");
        }

        var values = new T[entry.Elements];
        file.Position = entry.Begin;
        file.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
