using ServerlessTuning.Datasets.Checkpoints;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models.Families;

/// <summary>
/// Encoder and decoder with relative positions: a learned bias by distance, given by the first block and shared by all. No scale on the scores.
/// Source: Raffel et al. 2019, arXiv:1910.10683, section 2.1; transformers, modeling_t5.py.
/// </summary>
public sealed class T5 : PretrainedModel
{
    private readonly TokenEmbedding shared;
    private readonly T5Stack encoder, decoder;

    private T5(ModelConfig config, WeightSource weights, TokenEmbedding shared) : base(config, weights)
    {
        this.shared = shared;
        encoder = new(config, weights, "encoder", config.NumHiddenLayers, isDecoder: false);
        decoder = new(config, weights, "decoder", config.SequenceToSequence!.DecoderLayers, isDecoder: true);
        Head = new(config.TieWordEmbeddings ? shared.Weight : weights.Take("lm_head.weight", Fresh.Normal, config.VocabSize, config.HiddenSize), weights.Compute,
            ready: config.SequenceToSequence.ScalesTiedHead ? hidden => hidden * Math.Pow(config.HiddenSize, -0.5) : null);
    }

    public static T5 Model(ModelConfig config, WeightSource weights) =>
        new(config, weights, new(weights.Take("shared.weight", Fresh.Normal, config.VocabSize, config.HiddenSize)));

    /// <summary>Says tokens of the decoder's hidden states.</summary>
    public LanguageHead Head { get; }

    /// <summary>The token that the decoder begins with.</summary>
    public int Start => Config.SequenceToSequence!.DecoderStartTokenId;

    /// <summary>Copies of the embedding, and of the bias that later blocks share, are not read.</summary>
    public static string? KeyOf(string stored) => stored is "encoder.embed_tokens.weight" or "decoder.embed_tokens.weight"
        || stored.EndsWith("EncDecAttention.relative_attention_bias.weight", StringComparison.Ordinal) ? null : stored;

    /// <param name="source">Attention that sees both sides.</param>
    /// <returns>(N, C): what the decoder looks at.</returns>
    public Tensor Encode(TokenInput source, Action<Tensor>? watch = null) => encoder.Forward(shared.Forward(source.Ids), source, null, null, watch);

    /// <param name="target">Causal attention; begins with <see cref="Start"/>.</param>
    /// <param name="memory">(M, C), from <see cref="Encode"/>.</param>
    /// <param name="across">From the target's tokens to the source's.</param>
    /// <returns>(N, C), for <see cref="Head"/>.</returns>
    public Tensor Decode(TokenInput target, Tensor memory, ICrossAttention across, Action<Tensor>? watch = null) =>
        decoder.Forward(shared.Forward(target.Ids), target, memory, across, watch);
}

/// <summary>Blocks and the norm behind them.</summary>
internal sealed class T5Stack
{
    private readonly T5Block[] blocks;
    private readonly RmsNorm finalNorm;
    private readonly RelativeBias bias;
    private readonly int stack;                                                        // a number that no layer has

    public T5Stack(ModelConfig config, WeightSource weights, string name, int layers, bool isDecoder)
    {
        stack = isDecoder ? -2 : -1;
        bias = new(config, weights, $"{name}.block.0.layer.0.SelfAttention.relative_attention_bias", isBidirectional: !isDecoder);
        blocks = [.. Enumerable.Range(0, layers).Select(layer => new T5Block(config, weights, $"{name}.block.{layer}", layer, isDecoder))];
        finalNorm = weights.RmsNorm($"{name}.final_layer_norm", config.HiddenSize, config.NormEps);
    }

    public Tensor Forward(Tensor x, TokenInput input, Tensor? memory, ICrossAttention? across, Action<Tensor>? watch)
    {
        var context = new BlockContext(input.Attention, Dropout: input.Dropout);
        var distances = bias.Forward(input.Attention.Longest);                         // (H, L, L)
        x = context.Drop(x, stack, 0);
        foreach (var block in blocks)
        {
            watch?.Invoke(x);
            x = block.Forward(x, context, distances, memory, across);                // (N, C)
        }

        var hidden = context.Drop(finalNorm.Forward(x), stack, 1);
        watch?.Invoke(hidden);
        return hidden;
    }
}

/// <summary>Attention to itself, in the decoder then to the source, then the feed-forward; each normed before and added.</summary>
internal sealed class T5Block
{
    private readonly RmsNorm selfNorm, mlpNorm;
    private readonly RmsNorm? crossNorm;
    private readonly T5Attention self;
    private readonly T5Attention? cross;
    private readonly T5Mlp mlp;
    private readonly int layer, firstPlace;

    public T5Block(ModelConfig config, WeightSource weights, string name, int layer, bool isDecoder)
    {
        var last = isDecoder ? 2 : 1;
        (this.layer, firstPlace) = (layer, isDecoder ? 2 : 0);                              // the encoder's layer of this number has places 0 and 1
        self = new(config, weights, $"{name}.layer.0.SelfAttention", layer);
        selfNorm = Norm(0);
        (cross, crossNorm) = isDecoder ? (new T5Attention(config, weights, $"{name}.layer.1.EncDecAttention", layer), Norm(1)) : (null, null);
        mlp = new(config, weights, $"{name}.layer.{last}.DenseReluDense");
        mlpNorm = Norm(last);

        RmsNorm Norm(int part) => weights.RmsNorm($"{name}.layer.{part}.layer_norm", config.HiddenSize, config.NormEps);
    }

    public Tensor Forward(Tensor x, BlockContext context, Tensor distances, Tensor? memory, ICrossAttention? across)
    {
        x = x + Drop(0, self.Forward(selfNorm.Forward(x), context.Attention, distances));   // (N, C)
        x = cross is null ? x : x + Drop(1, cross.Forward(crossNorm!.Forward(x), memory!, across!));
        return x + Drop(cross is null ? 1 : 2, mlp.Forward(mlpNorm.Forward(x)));

        Tensor Drop(int part, Tensor added) => context.Drop(added, layer, firstPlace + part);
    }
}

internal sealed class T5Attention
{
    private readonly Projection q, k, v, o;
    private readonly AttentionRule rule;
    private readonly int headDim;

    public T5Attention(ModelConfig config, WeightSource weights, string name, int layer)
    {
        var (c, inner) = (config.HiddenSize, (long)config.NumAttentionHeads * config.HeadDim);
        (q, k, v) = (weights.Projection($"{name}.q", inner, c, bias: false), weights.Projection($"{name}.k", inner, c, bias: false), weights.Projection($"{name}.v", inner, c, bias: false));
        o = weights.Projection($"{name}.o", c, inner, bias: false);
        rule = new(layer, Scale: 1);
        headDim = config.HeadDim;
    }

    public Tensor Forward(Tensor x, IAttention attention, Tensor distances) => o.Forward(attention.Attend(rule, Heads(q, x), Heads(k, x), Heads(v, x), distances));

    /// <param name="memory">(M, C), the source.</param>
    public Tensor Forward(Tensor x, Tensor memory, ICrossAttention across) => o.Forward(across.Attend(rule, Heads(q, x), () => (Heads(k, memory), Heads(v, memory))));

    private Tensor Heads(Projection projection, Tensor x) => projection.Forward(x).view(x.shape[0], -1, headDim);      // (N, H, D)
}

/// <summary>wo(act(wi(x))), or wo(act(wi_0(x)) ⊙ wi_1(x)).</summary>
internal sealed class T5Mlp
{
    private readonly Projection wi, wo;
    private readonly Projection? up;
    private readonly Func<Tensor, Tensor> act;

    public T5Mlp(ModelConfig config, WeightSource weights, string name)
    {
        var (c, inner, gated) = (config.HiddenSize, config.IntermediateSize, config.SequenceToSequence!.Gated);
        act = Activations.Of(config);
        wi = weights.Projection($"{name}.{(gated ? "wi_0" : "wi")}", inner, c, bias: false);
        up = gated ? weights.Projection($"{name}.wi_1", inner, c, bias: false) : null;
        wo = weights.Projection($"{name}.wo", c, inner, bias: false);
    }

    public Tensor Forward(Tensor x) => wo.Forward(up is null ? act(wi.Forward(x)) : act(wi.Forward(x)) * up.Forward(x));
}

/// <summary>A number a head and bucket of distances: near ones have a bucket each, far ones share, by the logarithm.</summary>
internal sealed class RelativeBias(ModelConfig config, WeightSource weights, string name, bool isBidirectional)
{
    private readonly TokenEmbedding buckets = new(weights.Take($"{name}.weight", Fresh.Normal, config.SequenceToSequence!.Buckets, config.NumAttentionHeads));

    /// <returns>(H, L, L): query by key.</returns>
    public Tensor Forward(int length)
    {
        var (count, longest) = (config.SequenceToSequence!.Buckets, config.SequenceToSequence.MaxDistance);
        long[] byDistance = [.. Enumerable.Range(1 - length, 2 * length - 1).Select(distance => (long)Bucket(distance, isBidirectional, count, longest))];
        var rows = buckets.Forward(tensor(byDistance, dtype: ScalarType.Int64, device: buckets.Weight.device));        // (2·L − 1, H)
        var distance = arange(0, length).unsqueeze(0) - arange(0, length).unsqueeze(1) + (length - 1);            // (L, L): key − query, from 0
        return rows.index_select(0, distance.flatten().to(ScalarType.Int64, rows.device)).view(length, length, -1).permute(2, 0, 1);
    }

    /// <param name="distance">Key minus query.</param>
    /// <remarks>transformers, T5Attention._relative_position_bucket, with its single precision.</remarks>
    public static int Bucket(int distance, bool isBidirectional, int buckets, int maxDistance)
    {
        var first = 0;
        if (isBidirectional)
        {
            buckets /= 2;
            first = distance > 0 ? buckets : 0;
            distance = Math.Abs(distance);
        }
        else
        {
            distance = -Math.Min(distance, 0);
        }

        var exact = buckets / 2;
        if (distance < exact)
        {
            return first + distance;
        }

        var far = exact + (int)(MathF.Log((float)distance / exact) / (float)Math.Log((double)maxDistance / exact) * (buckets - exact));
        return first + Math.Min(far, buckets - 1);
    }
}
