namespace ServerlessTuning.Datasets.Checkpoints.Families;

/// <summary>v1.0, and v1.1 with Flan. Source: Raffel et al. 2019, arXiv:1910.10683; Shazeer 2020, arXiv:2002.05202; transformers, configuration_t5.py.</summary>
internal sealed class T5 : IModelFamily
{
    public string ModelType => "t5";

    public IReadOnlyList<string> Architectures => ["T5ForConditionalGeneration", "T5WithLMHeadModel"];

    public ModelConfig Parse(ConfigFields config)
    {
        var (architecture, _) = this.Architecture(config);
        var (gated, activation) = FeedForward(config.Text("feed_forward_proj") ?? "relu");
        var (c, inner, heads, d) = (config.Int("d_model", 512), config.Int("d_ff", 2048), config.Int("num_heads", 8), config.Int("d_kv", 64));
        var (layers, vocab) = (config.Int("num_layers", 6), config.Int("vocab_size", 32128));
        var decoderLayers = config.Int("num_decoder_layers", layers);
        var buckets = config.Int("relative_attention_num_buckets", 32);
        var tied = config.Flag("tie_word_embeddings", true);
        long attention = 4L * c * heads * d, mlp = (gated ? 3L : 2L) * c * inner;
        return new()
        {
            ModelType = ModelType,
            Architecture = architecture,
            Task = ModelTask.SequenceToSequence,
            VocabSize = vocab,
            HiddenSize = c,
            IntermediateSize = inner,
            NumHiddenLayers = layers,
            NumAttentionHeads = heads,
            NumKeyValueHeads = heads,
            HeadDim = d,
            MaxPositionEmbeddings = config.Int("n_positions", 512),
            NormEps = config.Number("layer_norm_epsilon", 1e-6),
            Activation = activation,
            InitializerRange = config.Number("initializer_factor", 1),
            Dropout = config.Number("dropout_rate", 0.1),
            TieWordEmbeddings = tied,
            StoredType = config.StoredType(),
            EosTokenIds = config.Ints("eos_token_id") is { Count: > 0 } given ? given : [1],
            PadTokenId = config.PadTokenId() ?? 0,
            LinearLayers = gated ? ["q", "k", "v", "o", "wi_0", "wi_1", "wo"] : ["q", "k", "v", "o", "wi", "wo"],
            ParameterCount = (long)vocab * c * (tied ? 1 : 2) + 2L * buckets * heads + 2L * c + layers * (attention + mlp + 2L * c) + decoderLayers * (2 * attention + mlp + 3L * c),
            SequenceToSequence = new(decoderLayers, buckets, config.Int("relative_attention_max_distance", 128), gated,
                config.Ints("decoder_start_token_id") is [var start, ..] ? start : config.PadTokenId() ?? 0, config.Flag("scale_decoder_outputs", tied)),
        };
    }

    /// <summary>"gated-gelu" means the tanh form, for the sake of the published checkpoints.</summary>
    private static (bool Gated, string Activation) FeedForward(string name) => name switch
    {
        "gated-gelu" => (true, "gelu_new"),
        _ when name.StartsWith("gated-", StringComparison.Ordinal) => (true, name["gated-".Length..]),
        _ => (false, name),
    };
}
