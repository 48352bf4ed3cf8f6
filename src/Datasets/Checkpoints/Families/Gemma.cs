namespace ServerlessTuning.Datasets.Checkpoints.Families;

/// <summary>Norms are stored less one, embeddings are scaled by √C. Source: Gemma team 2024, arXiv:2403.08295; transformers, configuration_gemma.py.</summary>
internal sealed class Gemma : IModelFamily
{
    private static readonly DecoderDefaults Defaults = new(256000, 3072, 24576, 28, 16, 16, 256, 8192, TieWordEmbeddings: true, Activation: "gelu_pytorch_tanh");

    public string ModelType => "gemma";

    public IReadOnlyList<string> Architectures => ["GemmaForCausalLM", "GemmaForSequenceClassification", "GemmaForTokenClassification"];

    /// <remarks>hidden_act of the first checkpoints says gelu and means its tanh form; the real class does not read it.</remarks>
    public ModelConfig Parse(ConfigFields config) => this.Decoder(config, Defaults, model => new DecoderTraits
    {
        Rope = config.Rope(Defaults, model),
        Windows = model.NoWindows(),
        QueryKeyValueBias = config.Flag("attention_bias", false),
        OutputBias = config.Flag("attention_bias", false),
        NormOffset = 1,
        EmbeddingScale = Math.Sqrt(model.HiddenSize),
    }, activation: "hidden_activation");
}
