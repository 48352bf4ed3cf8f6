using ServerlessTuning.Datasets.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ServerlessTuning.Trainer.Models;

/// <summary>
/// A decoder of pre-norm blocks. Source: Touvron et al. 2023, arXiv:2302.13971, section 2.2; grouped-query attention from arXiv:2305.13245.
/// Sequences are not padded: the N tokens of a batch stand one after the other, and an <see cref="IAttention"/> knows where each sequence begins.
/// Field names are the published checkpoint's keys.
/// </summary>
public sealed class Llama : Module<Tensor, Tensor, IAttention, Tensor>
{
    private readonly LlamaBody model;
    private readonly Projection? lm_head; // null when the head is the embedding, transposed

    public Llama(ModelConfig config, WeightSource weights) : base(nameof(Llama))
    {
        Config = config;
        model = new LlamaBody(config, weights);
        lm_head = config.TieWordEmbeddings ? null : weights.Projection("lm_head", config.VocabSize, config.HiddenSize, hasBias: false);
        Compute = weights.Compute;
        RegisterComponents();
    }

    public ModelConfig Config { get; }

    /// <summary>Type of the products.</summary>
    public ScalarType Compute { get; }

    public LlamaBody Body => model;

    /// <summary>The output matrix, (V, C); the embedding when they are tied.</summary>
    public Parameter Head => lm_head?.Weight ?? model.Embedding.Weight;

    /// <summary>Every linear layer but the head, by its name in the checkpoint.</summary>
    public IEnumerable<(string Name, Projection Projection)> Projections() =>
        named_modules().Where(item => item.module is Projection && item.name != "lm_head").Select(item => (item.name, (Projection)item.module));

    /// <param name="ids">(N), int64.</param>
    /// <param name="positions">(N), int64, counted inside each sequence.</param>
    /// <returns>Normed hidden states, (N, C), in the compute type; logits are <see cref="Logits"/> of the rows that are wanted.</returns>
    public override Tensor forward(Tensor ids, Tensor positions, IAttention attention) => model.call(ids, positions, attention);

    /// <param name="hidden">(M, C), from <see cref="forward"/>.</param>
    /// <returns>(M, V), float32.</returns>
    public Tensor Logits(Tensor hidden) => functional.linear(hidden, Head.to(Compute)).to(ScalarType.Float32);
}

/// <summary>Embedding, blocks, last norm.</summary>
public sealed class LlamaBody : Module<Tensor, Tensor, IAttention, Tensor>
{
    private readonly TokenEmbedding embed_tokens;
    private readonly ModuleList<DecoderBlock> layers;
    private readonly DecoderBlock[] blocks;
    private readonly RmsNorm norm;
    private readonly Tensor frequencies;
    private readonly ScalarType compute;

    internal LlamaBody(ModelConfig config, WeightSource weights) : base(nameof(LlamaBody))
    {
        embed_tokens = new(weights.Take("model.embed_tokens.weight", config.VocabSize, config.HiddenSize));
        blocks = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(layer => new DecoderBlock(config, weights, layer))];
        layers = new(blocks);
        norm = weights.Norm("model.norm", config);
        frequencies = Rotary.Frequencies(config, embed_tokens.Weight.device).DetachFromDisposeScope();
        compute = weights.Compute;
        RegisterComponents();
    }

    public TokenEmbedding Embedding => embed_tokens;

    public IReadOnlyList<DecoderBlock> Layers => blocks;

    public override Tensor forward(Tensor ids, Tensor positions, IAttention attention)
    {
        var rotary = RotaryAt(positions);
        var x = embed_tokens.call(ids);                                           // (N, C)
        foreach (var layer in blocks)
        {
            x = layer.call(x, rotary, attention);                                 // (N, C)
        }

        return norm.call(x);                                                      // (N, C)
    }

    public Rotary RotaryAt(Tensor positions) => Rotary.At(positions, frequencies, compute);

    /// <summary>The norm after the last block.</summary>
    public Tensor Normed(Tensor x) => norm.call(x);
}

/// <summary>h = x + Attention(RmsNorm(x)), then y = h + SwiGLU(RmsNorm(h)).</summary>
public sealed class DecoderBlock : Module<Tensor, Rotary, IAttention, Tensor>
{
    private readonly RmsNorm input_layernorm, post_attention_layernorm;
    private readonly SelfAttention self_attn;
    private readonly SwiGlu mlp;

    internal DecoderBlock(ModelConfig config, WeightSource weights, int layer) : base(nameof(DecoderBlock))
    {
        var name = $"model.layers.{layer}";
        input_layernorm = weights.Norm($"{name}.input_layernorm", config);
        self_attn = new(config, weights, layer);
        post_attention_layernorm = weights.Norm($"{name}.post_attention_layernorm", config);
        mlp = new(config, weights, $"{name}.mlp");
        RegisterComponents();
    }

    /// <param name="x">Residual stream, (N, C), float32.</param>
    public override Tensor forward(Tensor x, Rotary rotary, IAttention attention)
    {
        var h = x + self_attn.call(input_layernorm.call(x), rotary, attention);   // (N, C): the sum is float32 whatever the products are
        return h + mlp.call(post_attention_layernorm.call(h));
    }
}

/// <summary>Grouped-query attention: H query heads share KV key and value heads.</summary>
public sealed class SelfAttention : Module<Tensor, Rotary, IAttention, Tensor>
{
    private readonly Projection q_proj, k_proj, v_proj, o_proj;
    private readonly int layer, headDim;

    internal SelfAttention(ModelConfig config, WeightSource weights, int layer) : base(nameof(SelfAttention))
    {
        var name = $"model.layers.{layer}.self_attn";
        var (c, d, bias) = (config.HiddenSize, config.HeadDim, config.AttentionBias);
        (this.layer, headDim) = (layer, d);
        q_proj = weights.Projection($"{name}.q_proj", config.NumAttentionHeads * d, c, bias);
        k_proj = weights.Projection($"{name}.k_proj", config.NumKeyValueHeads * d, c, bias);
        v_proj = weights.Projection($"{name}.v_proj", config.NumKeyValueHeads * d, c, bias);
        o_proj = weights.Projection($"{name}.o_proj", c, config.NumAttentionHeads * d, bias);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Rotary rotary, IAttention attention)
    {
        var n = x.shape[0];
        var q = q_proj.call(x).view(n, -1, headDim);                              // (N, H, D)
        var k = k_proj.call(x).view(n, -1, headDim);                              // (N, KV, D)
        var v = v_proj.call(x).view(n, -1, headDim);                              // (N, KV, D)
        return o_proj.call(attention.Attend(layer, rotary.Turn(q), rotary.Turn(k), v));
    }
}

/// <summary>down(silu(gate(x)) ⊙ up(x)). Source: Shazeer 2020, arXiv:2002.05202.</summary>
public sealed class SwiGlu : Module<Tensor, Tensor>
{
    private readonly Projection gate_proj, up_proj, down_proj;

    internal SwiGlu(ModelConfig config, WeightSource weights, string name) : base(nameof(SwiGlu))
    {
        var (c, i, bias) = (config.HiddenSize, config.IntermediateSize, config.MlpBias);
        gate_proj = weights.Projection($"{name}.gate_proj", i, c, bias);
        up_proj = weights.Projection($"{name}.up_proj", i, c, bias);
        down_proj = weights.Projection($"{name}.down_proj", c, i, bias);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => down_proj.call(functional.silu(gate_proj.call(x)) * up_proj.call(x));
}
