namespace ServerlessTuning.Datasets.Checkpoints.Families;

/// <summary>BERT with half the layers, without segments and pooler. Source: Sanh et al. 2019, arXiv:1910.01108; transformers, configuration_distilbert.py.</summary>
internal sealed class DistilBert : IModelFamily
{
    public string ModelType => "distilbert";

    public IReadOnlyList<string> Architectures => ["DistilBertForMaskedLM", "DistilBertForSequenceClassification", "DistilBertForTokenClassification"];

    /// <remarks>Sinusoidal positions are stored in the checkpoint like learned ones; the field only says how they were made.</remarks>
    public ModelConfig Parse(ConfigFields config)
    {
        config.Flag("sinusoidal_pos_embds", false);
        var (architecture, task) = this.Architecture(config);
        var (hidden, heads) = (config.Int("dim", 768), config.Int("n_heads", 12));
        var model = new ModelConfig
        {
            ModelType = ModelType,
            Architecture = architecture,
            Task = task,
            VocabSize = config.Int("vocab_size", 30522),
            HiddenSize = hidden,
            IntermediateSize = config.Int("hidden_dim", 3072),
            NumHiddenLayers = config.Int("n_layers", 6),
            NumAttentionHeads = heads,
            NumKeyValueHeads = heads,
            HeadDim = ConfigFields.Share(hidden, "dim", heads, "n_heads"),
            MaxPositionEmbeddings = config.Int("max_position_embeddings", 512),
            NormEps = 1e-12,
            Activation = config.Text("activation") ?? "gelu",
            InitializerRange = config.Number("initializer_range", 0.02),
            Dropout = config.Number("dropout", 0.1),
            TieWordEmbeddings = config.Flag("tie_word_embeddings", true),
            StoredType = config.StoredType(),
            EosTokenIds = [],
            PadTokenId = config.PadTokenId(),
            Labels = LabelConfig.For(task, config),
            LinearLayers = ["q_lin", "k_lin", "v_lin", "out_lin", "lin1", "lin2"],
            ParameterCount = 0,
            Encoder = new(0, 0),
        };
        return model with { ParameterCount = Bert.Count(model) };
    }
}
