using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Shards;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>The shards of one split that one chunk writes; a new one is begun before a shard grows large.</summary>
internal sealed class ShardSeries(IPreparationStore store, DatasetSplit split, int chunk) : IAsyncDisposable
{
    /// <summary>8 MB of ids and labels.</summary>
    private const int TokensPerShard = 1 << 20;

    private readonly TokenShard shard = new();
    private readonly List<string> paths = [];
    private Stream? held;
    private long examples, tokens, supervised;

    public async ValueTask AddAsync(TokenSequence sequence, Range range, CancellationToken cancellation)
    {
        var (start, length) = range.GetOffsetAndLength(sequence.Count);
        if (shard.Tokens > 0 && shard.Tokens + length > TokensPerShard)
        {
            await FlushAsync(cancellation);
        }

        supervised += shard.Add(sequence.Ids.Slice(start, length), sequence.Labels.Slice(start, length));
        tokens += length;
        examples++;
    }

    /// <summary>Evaluation is shown the held-out examples as text.</summary>
    public async ValueTask AddHeldAsync(RenderedExample example, CancellationToken cancellation)
    {
        if (split != DatasetSplit.Train)
        {
            held ??= await store.CreateAsync(WorkFiles.Held(split, chunk), cancellation);
            await JsonSerializer.SerializeAsync(held, example.Held(), TuningJson.Options, cancellation);
            held.WriteByte((byte)'\n');
        }
    }

    public async Task<SplitReport> FinishAsync(CancellationToken cancellation)
    {
        await FlushAsync(cancellation);
        return new(examples, tokens, supervised, paths, held is null ? null : WorkFiles.Held(split, chunk));
    }

    public async ValueTask DisposeAsync()
    {
        if (held is not null)
        {
            await held.DisposeAsync();
        }
    }

    private async Task FlushAsync(CancellationToken cancellation)
    {
        if (shard.Examples == 0)
        {
            return;
        }

        var path = $"{WorkFiles.Name(split)}-{chunk:00000}-{paths.Count:00}.safetensors";
        await using (var stream = await store.CreateAsync(path, cancellation))
        {
            shard.Write(stream);
        }

        paths.Add(path);
        shard.Clear();
    }
}
