namespace ServerlessTuning.Datasets.Checkpoints.Families;

/// <summary>Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"; transformers, configuration_gpt2.py.</summary>
internal sealed class Gpt2 : IModelFamily
{
    public string ModelType => "gpt2";

    public IReadOnlyList<string> Architectures => ["GPT2LMHeadModel", "GPT2ForSequenceClassification", "GPT2ForTokenClassification"];

    public ModelConfig Parse(ConfigFields config)
    {
        config.MustBe("scale_attn_weights", true);
        config.MustBe("scale_attn_by_inverse_layer_idx", false);
        var (architecture, task) = this.Architecture(config);
        var (hidden, heads, layers, vocab, positions) = (config.Int("n_embd", 768), config.Int("n_head", 12), config.Int("n_layer", 12), config.Int("vocab_size", 50257), config.Int("n_positions", 1024));
        var intermediate = config.Int("n_inner", 4 * hidden);
        var labels = LabelConfig.For(task, config);
        return new()
        {
            ModelType = ModelType,
            Architecture = architecture,
            Task = task,
            VocabSize = vocab,
            HiddenSize = hidden,
            IntermediateSize = intermediate,
            NumHiddenLayers = layers,
            NumAttentionHeads = heads,
            NumKeyValueHeads = heads,
            HeadDim = ConfigFields.Share(hidden, "n_embd", heads, "n_head"),
            MaxPositionEmbeddings = positions,
            NormEps = config.Number("layer_norm_epsilon", 1e-5),
            Activation = config.Text("activation_function") ?? "gelu_new",
            InitializerRange = config.Number("initializer_range", 0.02),
            Dropout = config.Number("resid_pdrop", 0.1),
            TieWordEmbeddings = config.Flag("tie_word_embeddings", true),
            StoredType = config.StoredType(),
            EosTokenIds = config.Ints("eos_token_id"),
            PadTokenId = config.PadTokenId(),
            Labels = labels,
            LinearLayers = ["c_attn", "c_proj", "c_fc"],
            ParameterCount = (long)(vocab + positions) * hidden + (labels?.Count ?? 0) * (long)hidden + 2L * hidden
                + layers * (4L * hidden * hidden + 2L * hidden * intermediate + 9L * hidden + intermediate),
        };
    }
}
