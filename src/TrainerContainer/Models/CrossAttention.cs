using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models;

/// <summary>Attention from the tokens of one text to those of another.</summary>
public interface ICrossAttention
{
    /// <param name="q">(N, H, D), of the targets.</param>
    /// <param name="source">Keys and values of the sources, (M, H, D); asked for only when they are not kept from before.</param>
    /// <returns>(N, H·D).</returns>
    Tensor Attend(AttentionRule rule, Tensor q, Func<(Tensor Keys, Tensor Values)> source);
}

/// <summary>Every token of target s sees all of source s.</summary>
public sealed class CrossAttention : ICrossAttention, IDisposable
{
    private readonly Padding targets, sources;
    private readonly Tensor fill;         // (S, 1, 1, Ls): −∞ behind each source's end

    /// <param name="targets">Lengths of the S targets.</param>
    /// <param name="sources">Lengths of their sources.</param>
    public CrossAttention(IReadOnlyList<int> targets, IReadOnlyList<int> sources, ScalarType type, Device device)
    {
        (this.targets, this.sources) = (new(targets, device), new(sources, device));
        fill = this.sources.Fill(type, device);
    }

    public Tensor Attend(AttentionRule rule, Tensor q, Func<(Tensor Keys, Tensor Values)> source)
    {
        var (keys, values) = source();
        var (k, v) = (sources.Gather(keys), sources.Gather(values));                                  // (S, H, Ls, D)
        var y = Attend(rule, targets.Gather(q), k, v, fill);
        return targets.Scatter(y);
    }

    /// <param name="q">(S, H, Lt, D).</param>
    /// <param name="k">(S, H, Ls, D).</param>
    /// <returns>(S, H, Lt, D).</returns>
    internal static Tensor Attend(AttentionRule rule, Tensor q, Tensor k, Tensor v, Tensor fill)
    {
        var (s, h, rows, d) = (q.shape[0], q.shape[1], q.shape[2], q.shape[3]);
        var scores = rule.Scores(q.reshape(s * h, rows, d), k.reshape(s * h, -1, d)).view(s, h, rows, -1);
        return (scores + fill).softmax(-1).view(s * h, rows, -1).bmm(v.reshape(s * h, -1, d)).view(s, h, rows, d);
    }

    public void Dispose()
    {
        targets.Dispose();
        sources.Dispose();
        fill.Dispose();
    }
}

/// <summary>Sequences that stand one after the other, filled up to the longest.</summary>
internal sealed class Padding : IDisposable
{
    private readonly IReadOnlyList<int> lengths;
    private readonly Tensor places;       // (S·L): which token fills each place
    private readonly Tensor tokens;       // (N): at which place each token stands

    public Padding(IReadOnlyList<int> lengths, Device device)
    {
        this.lengths = lengths;
        var starts = PackedSequences.Starts(lengths);
        var length = Longest;
        places = Longs(lengths.SelectMany((own, s) => Enumerable.Range(0, length).Select(t => (long)starts[s] + Math.Min(t, own - 1))));
        tokens = Longs(lengths.SelectMany((own, s) => Enumerable.Range(0, own).Select(t => (long)s * length + t)));

        Tensor Longs(IEnumerable<long> values) => tensor(values.ToArray(), dtype: ScalarType.Int64, device: device).DetachFromDisposeScope();
    }

    public int Longest => lengths.Max();

    /// <param name="x">(N, H, D).</param>
    /// <returns>(S, H, L, D).</returns>
    public Tensor Gather(Tensor x) => x.index_select(0, places).view(lengths.Count, Longest, x.shape[1], x.shape[2]).transpose(1, 2);

    /// <param name="y">(S, H, L, D).</param>
    /// <returns>(N, H·D).</returns>
    public Tensor Scatter(Tensor y) => y.transpose(1, 2).reshape(lengths.Count * Longest, -1).index_select(0, tokens);

    /// <returns>(S, 1, 1, L): −∞ behind each sequence's end.</returns>
    public Tensor Fill(ScalarType type, Device device) => Fill(lengths, type, device);

    /// <inheritdoc cref="Fill(ScalarType, Device)"/>
    public static Tensor Fill(IReadOnlyList<int> lengths, ScalarType type, Device device)
    {
        var longest = lengths.Max();
        var fill = lengths.SelectMany(own => Enumerable.Range(0, longest).Select(t => t < own ? 0f : float.NegativeInfinity)).ToArray();
        return tensor(fill, dtype: ScalarType.Float32).view(lengths.Count, 1, 1, longest).to(type, device).DetachFromDisposeScope();
    }

    public void Dispose()
    {
        places.Dispose();
        tokens.Dispose();
    }
}
