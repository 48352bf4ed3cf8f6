namespace ServerlessTuning.Datasets.Checkpoints.Families;

/// <summary>Source: Devlin et al. 2018, arXiv:1810.04805; transformers, configuration_bert.py.</summary>
internal sealed class Bert : IModelFamily
{
    public string ModelType => "bert";

    public IReadOnlyList<string> Architectures => ["BertForMaskedLM", "BertForSequenceClassification", "BertForTokenClassification", "BertForPreTraining"];

    public ModelConfig Parse(ConfigFields config) => Encoder(this, config, vocab: 30522, firstPosition: _ => 0);

    /// <summary>What BERT and RoBERTa read alike.</summary>
    internal static ModelConfig Encoder(IModelFamily family, ConfigFields config, int vocab, Func<int, int> firstPosition)
    {
        config.MustBe("position_embedding_type", "absolute");
        var (architecture, task) = family.Architecture(config);
        var (hidden, heads) = (config.Int("hidden_size", 768), config.Int("num_attention_heads", 12));
        var pad = config.PadTokenId();
        var first = firstPosition(pad ?? 1);
        var model = new ModelConfig
        {
            ModelType = family.ModelType,
            Architecture = architecture,
            Task = architecture == "BertForPreTraining" ? ModelTask.MaskedLanguage : task,
            VocabSize = config.Int("vocab_size", vocab),
            HiddenSize = hidden,
            IntermediateSize = config.Int("intermediate_size", 3072),
            NumHiddenLayers = config.Int("num_hidden_layers", 12),
            NumAttentionHeads = heads,
            NumKeyValueHeads = heads,
            HeadDim = ConfigFields.Share(hidden, "hidden_size", heads, "num_attention_heads"),
            MaxPositionEmbeddings = Math.Max(1, config.Int("max_position_embeddings", 512) - first),
            NormEps = config.Number("layer_norm_eps", 1e-12),
            Activation = config.Text("hidden_act") ?? "gelu",
            InitializerRange = config.Number("initializer_range", 0.02),
            Dropout = config.Number("hidden_dropout_prob", 0.1),
            TieWordEmbeddings = config.Flag("tie_word_embeddings", true),
            StoredType = config.StoredType(),
            EosTokenIds = [],
            PadTokenId = pad,
            Labels = LabelConfig.For(task, config),
            LinearLayers = ["query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense"],
            ParameterCount = 0,
            Encoder = new(config.Int("type_vocab_size", 2), first),
        };
        return model with { ParameterCount = Count(model) };
    }

    internal static long Count(ModelConfig model)
    {
        long c = model.HiddenSize, inner = model.IntermediateSize;
        var rows = (long)model.VocabSize + model.MaxPositionEmbeddings + model.Encoder!.FirstPosition + model.Encoder.TypeVocabSize;
        var head = c * c + c + (model.Labels is { } labels ? labels.Count * (c + 1) : model.VocabSize + 2 * c);
        return rows * c + 2 * c + head + model.NumHiddenLayers * (4 * c * c + 2 * c * inner + 9 * c + inner);
    }
}
