using ServerlessTuning.Datasets.Checkpoints;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models.Families;

/// <summary>
/// Decoders of pre-norm blocks with rotary positions: Llama, Mistral, Qwen, Gemma, Phi-3. What they differ in is <see cref="DecoderTraits"/>.
/// Source: Touvron et al. 2023, arXiv:2302.13971, section 2.2; grouped-query attention: arXiv:2305.13245.
/// </summary>
public sealed class Decoder : Body
{
    private readonly TokenEmbedding embedTokens;
    private readonly DecoderBlock[] layers;
    private readonly RmsNorm norm;
    private readonly Rope rope;
    private readonly Rope? localRope;
    private readonly double scale;

    private Decoder(ModelConfig config, WeightSource weights)
    {
        var traits = config.Decoder!;
        embedTokens = new(weights.Take("model.embed_tokens.weight", Fresh.Normal, config.VocabSize, config.HiddenSize));
        layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(layer => new DecoderBlock(config, weights, layer))];
        norm = weights.RmsNorm("model.norm", config.HiddenSize, config.NormEps, traits.NormOffset);
        rope = new(traits.Rope, config.HeadDim, weights.Compute, weights.Device);
        localRope = traits.LocalRope is null ? null : new(traits.LocalRope, config.HeadDim, weights.Compute, weights.Device);
        scale = traits.EmbeddingScale;
    }

    public static TextModel Model(ModelConfig config, WeightSource weights)
    {
        var body = new Decoder(config, weights);
        return new(config, weights, body, HeadOf(config, weights, body.embedTokens, tokenClassifier: "score"));
    }

    /// <summary>The heads that all decoders share; only the token classifier's name differs.</summary>
    internal static Head HeadOf(ModelConfig config, WeightSource weights, TokenEmbedding embedding, string tokenClassifier) => config.Task switch
    {
        ModelTask.SequenceClassification => new ClassifierHead(ClassifierHead.Last, weights.Linear("score", config.Labels!.Count, config.HiddenSize, bias: false)),
        ModelTask.TokenClassification => ClassifierHead.OfTokens(config, weights, tokenClassifier),
        _ => new LanguageHead(config.TieWordEmbeddings ? embedding.Weight : weights.Take("lm_head.weight", Fresh.Normal, config.VocabSize, config.HiddenSize),
            weights.Compute, softCap: config.Decoder?.FinalSoftCap),
    };

    public override IReadOnlyList<IBlock> Blocks => layers;

    public override Tensor Embed(TokenInput input) => scale == 1 ? embedTokens.Forward(input.Ids) : embedTokens.Forward(input.Ids) * scale;

    public override void EmbedBackward(TokenInput input, Tensor gradient) => embedTokens.Backward(input.Ids, scale == 1 ? gradient : gradient * scale);

    public override BlockContext Context(TokenInput input) =>
        new(input.Attention, rope.At(input.Positions, input.Attention.Longest), localRope?.At(input.Positions, input.Attention.Longest), input.Dropout);

    public override Tensor Normed(Tensor x) => norm.Forward(x);

    public override void Dispose()
    {
        rope.Dispose();
        localRope?.Dispose();
        base.Dispose();
    }
}

/// <summary>h = x + Attention(norm(x)), then y = h + Mlp(norm(h)); Gemma 2 and 3 norm what is added, too.</summary>
internal sealed class DecoderBlock : IBlock
{
    private readonly RmsNorm beforeAttention, beforeMlp;
    private readonly RmsNorm? behindAttention, behindMlp;
    private readonly RotaryAttention attention;
    private readonly GatedMlp mlp;
    private readonly bool isLocal;
    private readonly int layer;

    public DecoderBlock(ModelConfig config, WeightSource weights, int layer)
    {
        var (name, traits) = ($"model.layers.{layer}", config.Decoder!);
        this.layer = layer;
        isLocal = traits.LocalRope is not null && traits.Windows[layer] is not null;
        beforeAttention = Norm("input_layernorm");
        attention = new(config, weights, layer);
        behindAttention = traits.NormsBehind ? Norm("post_attention_layernorm") : null;
        beforeMlp = Norm(traits.NormsBehind ? "pre_feedforward_layernorm" : "post_attention_layernorm"); // Llama's name tells where it stands, Gemma's what it norms
        mlp = new(config, weights, $"{name}.mlp");
        behindMlp = traits.NormsBehind ? Norm("post_feedforward_layernorm") : null;

        RmsNorm Norm(string norm) => weights.RmsNorm($"{name}.{norm}", config.HiddenSize, config.NormEps, traits.NormOffset);
    }

    public Tensor Forward(Tensor x, BlockContext context)
    {
        var attended = attention.Forward(beforeAttention.Forward(x), isLocal ? context.LocalRotary! : context.Rotary!, context.Attention);
        var h = x + context.Drop(behindAttention?.Forward(attended) ?? attended, layer, 0); // (N, C): the sum is float32 whatever the products are
        var y = mlp.Forward(beforeMlp.Forward(h));
        return h + context.Drop(behindMlp?.Forward(y) ?? y, layer, 1);
    }
}

/// <summary>Grouped-query attention: H query heads share KV key and value heads.</summary>
internal sealed class RotaryAttention
{
    private readonly Projection[] inward;                                         // q, k and v, or the one that gives all three
    private readonly Projection outward;
    private readonly RmsNorm? queryNorm, keyNorm;
    private readonly AttentionRule rule;
    private readonly int heads, shared, headDim;

    public RotaryAttention(ModelConfig config, WeightSource weights, int layer)
    {
        var (name, traits) = ($"model.layers.{layer}.self_attn", config.Decoder!);
        var (c, d) = (config.HiddenSize, config.HeadDim);
        (heads, shared, headDim) = (config.NumAttentionHeads, config.NumKeyValueHeads, d);
        inward = traits.Fused ? [In("qkv_proj", heads + 2 * shared)] : [In("q_proj", heads), In("k_proj", shared), In("v_proj", shared)];
        outward = weights.Projection($"{name}.o_proj", c, (long)heads * d, traits.OutputBias, residual: true);
        (queryNorm, keyNorm) = traits.QueryKeyNorm ? (Norm("q_norm"), Norm("k_norm")) : (null, null);
        rule = new(layer, traits.QueryScale ?? 1 / Math.Sqrt(d), traits.Windows[layer], traits.AttentionSoftCap);

        Projection In(string part, int count) => weights.Projection($"{name}.{part}", (long)count * d, c, traits.QueryKeyValueBias);
        RmsNorm Norm(string part) => weights.RmsNorm($"{name}.{part}", d, config.NormEps, traits.NormOffset);
    }

    /// <param name="x">(N, C).</param>
    public Tensor Forward(Tensor x, Rotary rotary, IAttention attention)
    {
        var n = x.shape[0];
        var (q, k, v) = inward.Length == 3 ? (Heads(inward[0].Forward(x)), Heads(inward[1].Forward(x)), Heads(inward[2].Forward(x))) : Split(Heads(inward[0].Forward(x)));
        (q, k) = (queryNorm?.Forward(q) ?? q, keyNorm?.Forward(k) ?? k);
        return outward.Forward(attention.Attend(rule, rotary.Turn(q), rotary.Turn(k), v));

        Tensor Heads(Tensor y) => y.view(n, -1, headDim);                         // (N, H, D) or (N, KV, D)
    }

    private (Tensor Q, Tensor K, Tensor V) Split(Tensor all) => (all.narrow(1, 0, heads), all.narrow(1, heads, shared), all.narrow(1, heads + shared, shared));
}

/// <summary>down(act(gate(x)) ⊙ up(x)). Source: Shazeer 2020, arXiv:2002.05202.</summary>
internal sealed class GatedMlp
{
    private readonly Projection[] inward;                                         // gate and up, or the one that gives both
    private readonly Projection down;
    private readonly Func<Tensor, Tensor> act;
    private readonly int inner;

    public GatedMlp(ModelConfig config, WeightSource weights, string name)
    {
        var (c, bias) = (config.HiddenSize, config.Decoder!.MlpBias);
        inner = config.IntermediateSize;
        act = Activations.Of(config);
        inward = config.Decoder.Fused ? [weights.Projection($"{name}.gate_up_proj", 2L * inner, c, bias)]
            : [weights.Projection($"{name}.gate_proj", inner, c, bias), weights.Projection($"{name}.up_proj", inner, c, bias)];
        down = weights.Projection($"{name}.down_proj", c, inner, bias, residual: true);
    }

    public Tensor Forward(Tensor x)
    {
        var first = inward[0].Forward(x);
        var (gate, up) = inward.Length == 2 ? (first, inward[1].Forward(x)) : (first.narrow(-1, 0, inner), first.narrow(-1, inner, inner));
        return down.Forward(act(gate) * up);
    }
}
