using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>Sequences to be computed at once: their tokens one after the other, without padding, and which of them carry loss.</summary>
public sealed class TokenBatch : IDisposable
{
    private readonly List<int> ids = [], lengths = [];
    private readonly List<long> positions = [], predicting = [], targets = [];

    /// <summary>All tokens, N.</summary>
    public int Tokens => ids.Count;

    /// <summary>Tokens that carry loss, M.</summary>
    public int SupervisedTokens => targets.Count;

    /// <summary>(N), int64.</summary>
    public Tensor Ids { get; private set; } = null!;

    /// <summary>(N), int64, counted inside each sequence.</summary>
    public Tensor Positions { get; private set; } = null!;

    /// <summary>(M), int64: the places whose hidden states predict a supervised token.</summary>
    public Tensor Predicting { get; private set; } = null!;

    /// <summary>(M), int64: what they should predict.</summary>
    public Tensor Targets { get; private set; } = null!;

    public PackedSequences Attention { get; private set; } = null!;

    public TokenInput Input => new(Ids, Positions, Attention);

    public static TokenBatch Of(TokenSplit split, IEnumerable<int> sequences, ScalarType compute, Device device)
    {
        var batch = new TokenBatch();
        foreach (var sequence in sequences)
        {
            batch.Add(split.Ids(sequence), split.Labels(sequence));
        }

        return batch.Build(compute, device);
    }

    /// <param name="labels">A label a token; −100 carries no loss. The first one never does: nothing predicts it.</param>
    public void Add(ReadOnlySpan<int> tokens, ReadOnlySpan<int> labels)
    {
        for (var t = 0; t < tokens.Length; t++)
        {
            if (t > 0 && labels[t] >= 0)
            {
                predicting.Add(ids.Count - 1);
                targets.Add(labels[t]);
            }

            ids.Add(tokens[t]);
            positions.Add(t);
        }

        lengths.Add(tokens.Length);
    }

    public TokenBatch Build(ScalarType compute, Device device)
    {
        Ids = Longs(ids.Select(id => (long)id));
        (Positions, Predicting, Targets) = (Longs(positions), Longs(predicting), Longs(targets));
        Attention = new(lengths, compute, device);
        return this;

        Tensor Longs(IEnumerable<long> values) => tensor(values.ToArray(), dtype: ScalarType.Int64, device: device).DetachFromDisposeScope();
    }

    public void Dispose()
    {
        Ids.Dispose();
        Positions.Dispose();
        Predicting.Dispose();
        Targets.Dispose();
        Attention.Dispose();
    }
}
