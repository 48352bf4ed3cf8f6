using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Shards;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>The shards of each split that one chunk writes.</summary>
internal sealed class SplitSeries(IPreparationStore store, int chunk, TuningTask task) : IAsyncDisposable
{
    private readonly ShardSeries[] bySplit = [.. Enum.GetValues<DatasetSplit>().Select(split => new ShardSeries(store, split, chunk, task))];

    public ShardSeries this[DatasetSplit split] => bySplit[(int)split];

    public async ValueTask DisposeAsync()
    {
        foreach (var series in bySplit)
        {
            await series.DisposeAsync();
        }
    }
}

/// <summary>The shards of one split that one chunk writes; a new one is begun before a shard grows large.</summary>
/// <param name="task">Of reinforcement the training prompts are shown to a grader, too.</param>
internal sealed class ShardSeries(IPreparationStore store, DatasetSplit split, int chunk, TuningTask task) : IAsyncDisposable
{
    /// <summary>8 MB of ids and labels.</summary>
    private const int TokensPerShard = 1 << 20;

    private readonly TokenShard shard = new();
    private readonly List<string> paths = [];
    private Stream? held;
    private long examples, tokens, supervised;

    public async ValueTask AddAsync(EncodedExample example, CancellationToken cancellation)
    {
        var length = example.Sequences.Sum(static part => part.Ids.Length);
        if (shard.Tokens > 0 && shard.Tokens + length > TokensPerShard)
        {
            await FlushAsync(cancellation);
        }

        foreach (var part in example.Sequences)
        {
            supervised += shard.Add(part.Ids, part.Labels, part.Range.Start.Value > 0);
        }

        shard.AddTargets(example.Targets ?? []);
        tokens += length;
        examples++;
        if (example.Held is { } show && (split != DatasetSplit.Train || task == TuningTask.Reinforcement))
        {
            await AddHeldAsync(show(), cancellation);
        }
    }

    /// <summary>Evaluation is shown the held-out examples as text.</summary>
    private async ValueTask AddHeldAsync(HeldOutExample example, CancellationToken cancellation)
    {
        held ??= await store.CreateAsync(WorkFiles.Held(split, chunk), cancellation);
        await JsonSerializer.SerializeAsync(held, example, TuningJson.Options, cancellation);
        held.WriteByte((byte)'\n');
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
        if (shard.Sequences == 0)
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
