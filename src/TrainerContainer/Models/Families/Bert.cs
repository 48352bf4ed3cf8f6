using ServerlessTuning.Datasets.Checkpoints;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models.Families;

/// <summary>What the members of BERT's family call their parts.</summary>
/// <param name="Layer">Of a block, followed by its number.</param>
internal sealed record EncoderNames(
    string Embeddings, string Layer, string Query, string Key, string Value, string Attended, string AttendedNorm, string Inner, string Outer, string OuterNorm)
{
    public static EncoderNames Bert(string root) => new($"{root}.embeddings", $"{root}.encoder.layer", "attention.self.query", "attention.self.key", "attention.self.value",
        "attention.output.dense", "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm");

    public static readonly EncoderNames DistilBert = new("distilbert.embeddings", "distilbert.transformer.layer", "attention.q_lin", "attention.k_lin", "attention.v_lin",
        "attention.out_lin", "sa_layer_norm", "ffn.lin1", "ffn.lin2", "output_layer_norm");
}

/// <summary>Encoders that see both sides and norm behind each sum: BERT, RoBERTa, DistilBERT. Source: Devlin et al. 2018, arXiv:1810.04805.</summary>
public sealed class Bert : Body
{
    private readonly TokenEmbedding words, positions;
    private readonly TokenEmbedding? types;
    private readonly LayerNorm norm;
    private readonly BertBlock[] layers;
    private readonly int firstPosition;
    private readonly ScalarType compute;

    private Bert(ModelConfig config, WeightSource weights, EncoderNames names)
    {
        var (c, traits) = (config.HiddenSize, config.Encoder!);
        words = Embedding("word_embeddings", config.VocabSize);
        positions = Embedding("position_embeddings", config.MaxPositionEmbeddings + traits.FirstPosition);
        types = traits.TypeVocabSize > 0 ? Embedding("token_type_embeddings", traits.TypeVocabSize) : null;
        norm = weights.LayerNorm($"{names.Embeddings}.LayerNorm", c, config.NormEps);
        layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(layer => new BertBlock(config, weights, names, layer))];
        (firstPosition, compute) = (traits.FirstPosition, weights.Compute);

        TokenEmbedding Embedding(string part, long rows) => new(weights.Take($"{names.Embeddings}.{part}.weight", Fresh.Normal, rows, c));
    }

    public static TextModel Model(ModelConfig config, WeightSource weights)
    {
        var body = new Bert(config, weights, config.ModelType == "distilbert" ? EncoderNames.DistilBert : EncoderNames.Bert(config.ModelType));
        var heads = config.ModelType switch { "bert" => EncoderHeads.Bert, "roberta" => EncoderHeads.Roberta, _ => EncoderHeads.DistilBert };
        return new(config, weights, body, heads.Of(config, weights, body.words));
    }

    /// <summary>
    /// Old checkpoints call a norm's weights gamma and beta; those of the bare body leave the prefix out; the head of the next-sentence task and a pooler that the
    /// task does not use are not read.
    /// </summary>
    public static string? KeyOf(string stored, ModelConfig config)
    {
        var prefix = $"{config.ModelType}.";
        var key = stored.Replace("LayerNorm.gamma", "LayerNorm.weight", StringComparison.Ordinal).Replace("LayerNorm.beta", "LayerNorm.bias", StringComparison.Ordinal);
        key = key.StartsWith("embeddings.", StringComparison.Ordinal) || key.StartsWith("encoder.", StringComparison.Ordinal) || key.StartsWith("transformer.", StringComparison.Ordinal)
            || key.StartsWith("pooler.", StringComparison.Ordinal) ? prefix + key : key;
        var isUnused = key.EndsWith(".position_ids", StringComparison.Ordinal) || key.StartsWith("cls.seq_relationship.", StringComparison.Ordinal)
            || (key.Contains(".pooler.", StringComparison.Ordinal) && (config.Task != ModelTask.SequenceClassification || config.ModelType != "bert"));
        return isUnused ? null : key;
    }

    public override IReadOnlyList<IBlock> Blocks => layers;

    public override Tensor Embed(TokenInput input)
    {
        var x = words.Forward(input.Ids) + positions.Forward(input.Positions + firstPosition);                  // (N, C)
        return norm.Forward(types is null ? x : x + types.Forward(input.Types ?? zeros_like(input.Ids)));
    }

    /// <remarks>The sum is normed, so its gradient runs through a graph of this one step.</remarks>
    public override void EmbedBackward(TokenInput input, Tensor gradient)
    {
        var x = Embed(input);
        if (x.requires_grad)
        {
            x.backward([gradient]);
        }
    }

    public override Tensor Normed(Tensor x) => x.dtype == compute ? x : x.to(compute);
}

/// <summary>h = norm(x + Attention(x)), then y = norm(h + Mlp(h)).</summary>
internal sealed class BertBlock : IBlock
{
    private readonly Projection query, key, value, attended, inner, outer;
    private readonly LayerNorm attendedNorm, outerNorm;
    private readonly Func<Tensor, Tensor> act;
    private readonly AttentionRule rule;
    private readonly int headDim;
    private readonly ScalarType compute;

    public BertBlock(ModelConfig config, WeightSource weights, EncoderNames names, int layer)
    {
        var (name, c) = ($"{names.Layer}.{layer}", config.HiddenSize);
        (query, key, value) = (Square(names.Query), Square(names.Key), Square(names.Value));
        attended = Square(names.Attended);
        attendedNorm = weights.LayerNorm($"{name}.{names.AttendedNorm}", c, config.NormEps);
        inner = weights.Projection($"{name}.{names.Inner}", config.IntermediateSize, c, bias: true);
        outer = weights.Projection($"{name}.{names.Outer}", c, config.IntermediateSize, bias: true);
        outerNorm = weights.LayerNorm($"{name}.{names.OuterNorm}", c, config.NormEps);
        act = Activations.Of(config);
        rule = new(layer, 1 / Math.Sqrt(config.HeadDim));
        (headDim, compute) = (config.HeadDim, weights.Compute);

        Projection Square(string part) => weights.Projection($"{name}.{part}", c, c, bias: true);
    }

    public Tensor Forward(Tensor x, BlockContext context)
    {
        var input = x.to(compute);
        var y = context.Attention.Attend(rule, Heads(query), Heads(key), Heads(value));            // (N, C)
        var h = attendedNorm.Forward(x + context.Drop(attended.Forward(y), rule.Layer, 0)); // (N, C), float32
        return outerNorm.Forward(h + context.Drop(outer.Forward(act(inner.Forward(h.to(compute)))), rule.Layer, 1));

        Tensor Heads(Projection projection) => projection.Forward(input).view(x.shape[0], -1, headDim);    // (N, H, D)
    }
}
