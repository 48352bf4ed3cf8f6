using System.Runtime.InteropServices;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Trainer.Tests.Training;

/// <summary>Token shards without a dataset behind them.</summary>
internal static class TokenShards
{
    /// <summary>Sequences of random tokens and lengths, a third of the tokens without loss.</summary>
    /// <returns>The file.</returns>
    public static string Random(int sequences, int longest, int vocabulary, int seed)
    {
        var random = new Random(seed);
        var offsets = new List<long> { 0 };
        for (var i = 0; i < sequences; i++)
        {
            offsets.Add(offsets[^1] + random.Next(2, longest + 1));
        }

        int[] ids = [.. Enumerable.Range(0, (int)offsets[^1]).Select(_ => random.Next(vocabulary))];
        int[] labels = [.. ids.Select(id => random.Next(3) == 0 ? -100 : id)];
        var path = Path.Combine(Repository.NewFolder(), "train.safetensors");
        using var file = File.Create(path);
        SafetensorsWriter.Write(file,
        [
            new("input_ids", SafetensorsType.I32, [ids.Length], to => to.Write(MemoryMarshal.AsBytes(ids.AsSpan()))),
            new("labels", SafetensorsType.I32, [ids.Length], to => to.Write(MemoryMarshal.AsBytes(labels.AsSpan()))),
            new("offsets", SafetensorsType.I64, [offsets.Count], to => to.Write(MemoryMarshal.AsBytes(offsets.ToArray().AsSpan()))),
        ]);
        return path;
    }
}
