using System.Runtime.InteropServices;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Datasets.Examples;

namespace ServerlessTuning.Datasets.Shards;

/// <summary>
/// Examples as tokens, as one safetensors file: I32 <c>input_ids</c> [tokens], I32 <c>labels</c> [tokens] (−100 carries no loss) and
/// I64 <c>offsets</c> [sequences + 1], where each sequence begins; F32 <c>targets</c> [examples, width] where a task has labels.
/// </summary>
public sealed class TokenShard
{
    private readonly List<int> inputIds = [], labels = [];
    private readonly List<long> offsets = [0];
    private readonly List<float> targets = [];
    private int width;

    public int Sequences => offsets.Count - 1;

    public int Tokens => inputIds.Count;

    /// <param name="ids">Tokens of one sequence.</param>
    /// <param name="sequenceLabels">A label a token.</param>
    /// <param name="goesOn">The first token stands for what went before: it was learned there.</param>
    /// <returns>How many tokens carry loss.</returns>
    public int Add(ReadOnlySpan<int> ids, ReadOnlySpan<int> sequenceLabels, bool goesOn)
    {
        var at = labels.Count;
        inputIds.AddRange(ids);
        labels.AddRange(sequenceLabels);
        offsets.Add(inputIds.Count);
        if (goesOn)
        {
            labels[at] = TokenSequence.NoLoss;
        }

        return sequenceLabels.Length - CollectionsMarshal.AsSpan(labels)[at..].Count(TokenSequence.NoLoss);
    }

    /// <summary>What is learned of a whole example; the same number of values for each.</summary>
    public void AddTargets(IReadOnlyList<float> values)
    {
        width = values.Count;
        targets.AddRange(values);
    }

    public void Clear()
    {
        inputIds.Clear();
        labels.Clear();
        offsets.RemoveRange(1, offsets.Count - 1);
        targets.Clear();
    }

    public void Write(Stream stream) => SafetensorsWriter.Write(stream,
    [
        new("input_ids", SafetensorsType.I32, [Tokens], data => Write(data, inputIds)),
        new("labels", SafetensorsType.I32, [Tokens], data => Write(data, labels)),
        new("offsets", SafetensorsType.I64, [offsets.Count], data => Write(data, offsets)),
        .. width == 0 ? [] : new SafetensorsTensor[] { new("targets", SafetensorsType.F32, [targets.Count / width, width], data => Write(data, targets)) },
    ]);

    private static void Write<T>(Stream stream, List<T> values) where T : unmanaged => stream.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(values)));
}
