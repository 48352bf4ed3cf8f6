using System.Runtime.InteropServices;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Datasets.Examples;

namespace ServerlessTuning.Datasets.Shards;

/// <summary>
/// Examples as tokens, as one safetensors file: I32 <c>input_ids</c> [tokens], I32 <c>labels</c> [tokens] (−100 carries no loss) and
/// I64 <c>offsets</c> [examples + 1], where each example begins.
/// </summary>
public sealed class TokenShard
{
    private readonly List<int> inputIds = [], labels = [];
    private readonly List<long> offsets = [0];

    public int Examples => offsets.Count - 1;

    public int Tokens => inputIds.Count;

    /// <param name="ids">Tokens of one example.</param>
    /// <param name="targets">A label a token; the first one's is not kept, because nothing stands before it that could predict it.</param>
    /// <returns>How many tokens carry loss.</returns>
    public int Add(ReadOnlySpan<int> ids, ReadOnlySpan<int> targets)
    {
        inputIds.AddRange(ids);
        labels.Add(TokenSequence.NoLoss);
        labels.AddRange(targets[1..]);
        offsets.Add(inputIds.Count);
        return targets.Length - 1 - targets[1..].Count(TokenSequence.NoLoss);
    }

    public void Clear()
    {
        inputIds.Clear();
        labels.Clear();
        offsets.RemoveRange(1, offsets.Count - 1);
    }

    public void Write(Stream stream) => SafetensorsWriter.Write(stream,
    [
        new("input_ids", SafetensorsType.I32, [Tokens], data => Write(data, inputIds)),
        new("labels", SafetensorsType.I32, [Tokens], data => Write(data, labels)),
        new("offsets", SafetensorsType.I64, [offsets.Count], data => Write(data, offsets)),
    ]);

    private static void Write<T>(Stream stream, List<T> values) where T : unmanaged => stream.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(values)));
}
