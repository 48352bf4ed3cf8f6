using ServerlessTuning.Datasets.Checkpoints;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models.Families;

/// <summary>Learned positions, LayerNorm before attention and feed-forward, matrices stored (in, out). Source: Radford et al. 2019, section 2.3.</summary>
public sealed class Gpt2 : Body
{
    private readonly TokenEmbedding wte, wpe;
    private readonly Gpt2Block[] h;
    private readonly LayerNorm lnF;
    private readonly ScalarType compute;

    private Gpt2(ModelConfig config, WeightSource weights)
    {
        wte = new(weights.Take("transformer.wte.weight", Fresh.Normal, config.VocabSize, config.HiddenSize));
        wpe = new(weights.Take("transformer.wpe.weight", Fresh.Normal, config.MaxPositionEmbeddings, config.HiddenSize));
        h = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(layer => new Gpt2Block(config, weights, layer))];
        lnF = weights.LayerNorm("transformer.ln_f", config.HiddenSize, config.NormEps);
        compute = weights.Compute;
    }

    public static TextModel Model(ModelConfig config, WeightSource weights)
    {
        var body = new Gpt2(config, weights);
        return new(config, weights, body, Decoder.HeadOf(config, weights, body.wte, tokenClassifier: "classifier"));
    }

    /// <summary>Checkpoints of the bare body leave the prefix out; old ones hold the causal mask as a buffer.</summary>
    public static string? KeyOf(string stored) =>
        stored.EndsWith(".attn.bias", StringComparison.Ordinal) || stored.EndsWith(".attn.masked_bias", StringComparison.Ordinal) ? null
        : stored.StartsWith("h.", StringComparison.Ordinal) || stored.StartsWith("wte.", StringComparison.Ordinal) || stored.StartsWith("wpe.", StringComparison.Ordinal)
            || stored.StartsWith("ln_f.", StringComparison.Ordinal) ? $"transformer.{stored}" : stored;

    public override IReadOnlyList<IBlock> Blocks => h;

    public override Tensor Embed(TokenInput input) => wte.Forward(input.Ids) + wpe.Forward(input.Positions);

    public override void EmbedBackward(TokenInput input, Tensor gradient)
    {
        wte.Backward(input.Ids, gradient);
        wpe.Backward(input.Positions, gradient);
    }

    public override Tensor Normed(Tensor x) => lnF.Forward(x, compute);
}

/// <summary>h = x + Attention(ln_1(x)), then y = h + Mlp(ln_2(h)).</summary>
internal sealed class Gpt2Block : IBlock
{
    private readonly LayerNorm ln1, ln2;
    private readonly Projection cAttn, cProj, cFc, mlpProj;
    private readonly Func<Tensor, Tensor> act;
    private readonly AttentionRule rule;
    private readonly int heads, headDim;
    private readonly ScalarType compute;

    public Gpt2Block(ModelConfig config, WeightSource weights, int layer)
    {
        var (name, c) = ($"transformer.h.{layer}", config.HiddenSize);
        ln1 = weights.LayerNorm($"{name}.ln_1", c, config.NormEps);
        cAttn = weights.Projection($"{name}.attn.c_attn", 3L * c, c, bias: true, transposed: true);
        cProj = weights.Projection($"{name}.attn.c_proj", c, c, bias: true, transposed: true, residual: true);
        ln2 = weights.LayerNorm($"{name}.ln_2", c, config.NormEps);
        cFc = weights.Projection($"{name}.mlp.c_fc", config.IntermediateSize, c, bias: true, transposed: true);
        mlpProj = weights.Projection($"{name}.mlp.c_proj", c, config.IntermediateSize, bias: true, transposed: true, residual: true);
        act = Activations.Of(config);
        rule = new(layer, 1 / Math.Sqrt(config.HeadDim));
        (heads, headDim, compute) = (config.NumAttentionHeads, config.HeadDim, weights.Compute);
    }

    public Tensor Forward(Tensor x, BlockContext context)
    {
        var qkv = cAttn.Forward(ln1.Forward(x, compute)).view(x.shape[0], 3L * heads, headDim);                 // (N, 3·H, D)
        var attended = context.Attention.Attend(rule, qkv.narrow(1, 0, heads), qkv.narrow(1, heads, heads), qkv.narrow(1, 2L * heads, heads));
        var h = x + context.Drop(cProj.Forward(attended), rule.Layer, 0);                                                       // (N, C)
        return h + context.Drop(mlpProj.Forward(act(cFc.Forward(ln2.Forward(h, compute)))), rule.Layer, 1);
    }
}
