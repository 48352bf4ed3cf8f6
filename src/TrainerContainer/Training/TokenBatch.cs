using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>How the sequences of a batch are seen and learned.</summary>
/// <param name="IsCausal">A token sees what stands before it; false: its whole sequence.</param>
/// <param name="IsShifted">A label is told by the token before it; false: by its own.</param>
public sealed record BatchForm(bool IsCausal, bool IsShifted)
{
    /// <summary>A decoder that tells the next token.</summary>
    public static BatchForm NextToken { get; } = new(true, true);
}

/// <summary>Sequences to be computed at once: their tokens one after the other, without padding, and which of them carry loss.</summary>
public sealed class TokenBatch(BatchForm? form = null) : IBatch
{
    private readonly BatchForm form = form ?? BatchForm.NextToken;
    private readonly List<int> ids = [], lengths = [];
    private readonly List<long> positions = [], predicting = [], targets = [], owners = [];

    /// <summary>All tokens, N.</summary>
    public int Tokens => ids.Count;

    /// <summary>Tokens that carry loss, M.</summary>
    public int SupervisedTokens => targets.Count;

    /// <summary>Sequences, S.</summary>
    public int Examples => lengths.Count;

    /// <summary>(N), int64.</summary>
    public Tensor Ids { get; private set; } = null!;

    /// <summary>(N), int64, counted inside each sequence.</summary>
    public Tensor Positions { get; private set; } = null!;

    /// <summary>(M), int64: the places whose hidden states predict a supervised token.</summary>
    public Tensor Predicting { get; private set; } = null!;

    /// <summary>(M), int64: what they should predict.</summary>
    public Tensor Targets { get; private set; } = null!;

    /// <summary>(M), int64: the sequence of each supervised token.</summary>
    public Tensor Owners { get; private set; } = null!;

    /// <summary>(S), float32: supervised tokens of each sequence.</summary>
    public Tensor Counts { get; private set; } = null!;

    public PackedSequences Attention { get; private set; } = null!;

    public TokenInput Input => new(Ids, Positions, Attention);

    /// <summary>All sequences of some examples.</summary>
    public static TokenBatch Of(TokenSplit split, IEnumerable<int> examples, ScalarType compute, Device device, BatchForm? form = null)
    {
        var batch = new TokenBatch(form);
        foreach (var sequence in examples.SelectMany(split.Sequences))
        {
            batch.Add(split.Ids(sequence), split.Labels(sequence));
        }

        return batch.Build(compute, device);
    }

    /// <param name="labels">A label a token; −100 carries no loss. Shifted, the first one never does: nothing predicts it.</param>
    public void Add(ReadOnlySpan<int> tokens, ReadOnlySpan<int> labels)
    {
        for (var t = 0; t < tokens.Length; t++)
        {
            if (labels[t] >= 0 && (t > 0 || !form.IsShifted))
            {
                predicting.Add(ids.Count - (form.IsShifted ? 1 : 0));
                targets.Add(labels[t]);
                owners.Add(lengths.Count);
            }

            ids.Add(tokens[t]);
            positions.Add(t);
        }

        lengths.Add(tokens.Length);
    }

    public TokenBatch Build(ScalarType compute, Device device)
    {
        Ids = Longs(ids.Select(id => (long)id));
        (Positions, Predicting, Targets, Owners) = (Longs(positions), Longs(predicting), Longs(targets), Longs(owners));
        Counts = tensor([.. Enumerable.Range(0, lengths.Count).GroupJoin(owners, s => s, owner => owner, (_, own) => (float)own.Count())], dtype: ScalarType.Float32, device: device).DetachFromDisposeScope();
        Attention = new(lengths, compute, device, form.IsCausal);
        return this;

        Tensor Longs(IEnumerable<long> values) => tensor(values.ToArray(), dtype: ScalarType.Int64, device: device).DetachFromDisposeScope();
    }

    public void Dispose()
    {
        Ids.Dispose();
        Positions.Dispose();
        Predicting.Dispose();
        Targets.Dispose();
        Owners.Dispose();
        Counts.Dispose();
        Attention.Dispose();
    }
}
