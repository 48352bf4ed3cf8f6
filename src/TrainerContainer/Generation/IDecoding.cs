using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Models.Families;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Generation;

/// <summary>B sequences that grow a token at a time, each by its own choice.</summary>
internal interface IDecoding : IDisposable
{
    /// <summary>Tokens that a sequence began with and that a penalty looks at.</summary>
    IReadOnlyList<IReadOnlyList<int>> Prompts { get; }

    /// <returns>(B, V), float32: what may follow the prompts.</returns>
    Tensor Begin();

    /// <param name="ids">A token for each sequence.</param>
    /// <returns>(B, V), float32: what may follow.</returns>
    Tensor Next(IReadOnlyList<int> ids);

    /// <summary>Row b goes on from what row <paramref name="rows"/>[b] has said: what a beam search keeps.</summary>
    void Reorder(IReadOnlyList<int> rows);
}

/// <summary>A decoder that continues prompts.</summary>
internal sealed class DecoderDecoding : IDecoding
{
    private readonly TextModel model;
    private readonly int capacity;
    private KeyValueCache cache;
    private List<int>[] texts;                                                    // prompt and answer

    /// <param name="room">Longest answer.</param>
    /// <exception cref="GenerationException">A prompt is empty, has an unknown token, or leaves no room.</exception>
    public DecoderDecoding(TextModel model, IReadOnlyList<IReadOnlyList<int>> prompts, int room)
    {
        (this.model, Prompts) = (model, prompts);
        foreach (var (i, prompt) in prompts.Index())
        {
            PromptChecks.Require(i, prompt, model.Config, PromptChecks.Longest(model.Config));
        }

        texts = [.. prompts.Select(prompt => prompt.ToList())];
        capacity = Longest + room;
        cache = NewCache();
    }

    public IReadOnlyList<IReadOnlyList<int>> Prompts { get; }

    private int Longest => texts.Max(text => text.Count);

    public Tensor Begin()
    {
        var ends = texts.Select(text => text.Count).ToArray();
        var last = PackedSequences.Starts(ends).Zip(ends, (start, length) => start + length - 1L).ToArray();
        return Forward(texts.SelectMany(text => text), ends.SelectMany(end => Enumerable.Range(0, end)), last);
    }

    public Tensor Next(IReadOnlyList<int> ids)
    {
        int[] ends = [.. texts.Select(text => text.Count)];
        foreach (var (text, id) in texts.Zip(ids))
        {
            text.Add(id);
        }

        if (model.Config.Decoder?.Rope is { Type: "longrope" } rope && Longest == rope.OriginalMaxPositions + 1)
        {
            cache.Dispose();
            cache = NewCache(); // from here on all tokens turn by other frequencies, those before too
            return Begin();
        }

        cache.Next(ends);
        return Forward(ids, ends, rows: null);
    }

    public void Reorder(IReadOnlyList<int> rows)
    {
        cache.Reorder(rows);
        texts = [.. rows.Select(row => texts[row].ToList())];
    }

    private KeyValueCache NewCache() => new(model.Config, model.Config.NumHiddenLayers, [.. texts.Select(text => text.Count)], capacity, model.Compute, model.Device);

    /// <param name="rows">The places whose next token is wanted; null means all.</param>
    private Tensor Forward(IEnumerable<int> ids, IEnumerable<int> positions, long[]? rows)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var hidden = model.Hidden(new(ids.ToTensor(model.Device), positions.ToTensor(model.Device), cache));           // (N, C)
        var wanted = rows is null ? hidden : hidden.index_select(0, tensor(rows, dtype: ScalarType.Int64, device: model.Device));
        return model.Language.Logits(wanted).MoveToOuterDisposeScope();
    }

    public void Dispose() => cache.Dispose();
}

/// <summary>T5 that says a target for each source.</summary>
internal sealed class T5Decoding : IDecoding
{
    private readonly T5 model;
    private readonly KeyValueCache cache;
    private readonly KeptCrossAttention across;
    private Tensor? memory;
    private int[] ends;

    public T5Decoding(T5 model, IReadOnlyList<IReadOnlyList<int>> sources, int room)
    {
        this.model = model;
        foreach (var (i, source) in sources.Index())
        {
            PromptChecks.Require(i, source, model.Config, int.MaxValue); // relative positions have no end
        }

        Prompts = [.. sources.Select(_ => new[] { model.Start })];
        ends = [.. sources.Select(_ => 1)];
        cache = new(model.Config, model.Config.SequenceToSequence!.DecoderLayers, ends, room + 1, model.Compute, model.Device);
        across = new([.. sources.Select(source => source.Count)], model.Compute, model.Device);
        memory = Encode(sources);
    }

    public IReadOnlyList<IReadOnlyList<int>> Prompts { get; }

    public Tensor Begin() => Forward(Prompts.Select(prompt => prompt[0]), ends.Select(_ => 0));

    public Tensor Next(IReadOnlyList<int> ids)
    {
        cache.Next(ends);
        var logits = Forward(ids, ends);
        ends = [.. ends.Select(end => end + 1)];
        return logits;
    }

    public void Reorder(IReadOnlyList<int> rows)
    {
        cache.Reorder(rows);
        across.Reorder(rows);
    }

    private Tensor Encode(IReadOnlyList<IReadOnlyList<int>> sources)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        using var both = new PackedSequences([.. sources.Select(source => source.Count)], model.Compute, model.Device, causal: false);
        var ids = sources.SelectMany(source => source).ToTensor(model.Device);
        return model.Encode(new(ids, ids, both)).DetachFromDisposeScope();
    }

    private Tensor Forward(IEnumerable<int> ids, IEnumerable<int> positions)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var hidden = model.Decode(new(ids.ToTensor(model.Device), positions.ToTensor(model.Device), cache), memory!, across);   // (B, C)
        return model.Head.Logits(hidden).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        cache.Dispose();
        across.Dispose();
        memory?.Dispose();
        memory = null;
    }
}
