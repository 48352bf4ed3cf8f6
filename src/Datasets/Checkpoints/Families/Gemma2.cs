namespace ServerlessTuning.Datasets.Checkpoints.Families;

/// <summary>Norms before and behind, soft caps, a window in every other layer. Source: Gemma team 2024, arXiv:2408.00118; transformers, configuration_gemma2.py.</summary>
internal sealed class Gemma2 : IModelFamily
{
    private static readonly DecoderDefaults Defaults = new(256000, 2304, 9216, 26, 8, 4, 256, 8192, TieWordEmbeddings: true, Activation: "gelu_pytorch_tanh");

    public string ModelType => "gemma2";

    public IReadOnlyList<string> Architectures => ["Gemma2ForCausalLM", "Gemma2ForSequenceClassification", "Gemma2ForTokenClassification"];

    public ModelConfig Parse(ConfigFields config) => this.Decoder(config, Defaults, model => new DecoderTraits
    {
        Rope = config.Rope(Defaults, model),
        Windows = config.Windows(model, config.OrNone("sliding_window", 4096), layer => layer % 2 == 0),
        QueryKeyValueBias = config.Flag("attention_bias", false),
        OutputBias = config.Flag("attention_bias", false),
        NormOffset = 1,
        NormsBehind = true,
        EmbeddingScale = Math.Sqrt(model.HiddenSize),
        QueryScale = 1 / Math.Sqrt(config.Positive("query_pre_attn_scalar", 256)),
        AttentionSoftCap = config.NumberOrNone("attn_logit_softcapping", 50),
        FinalSoftCap = config.NumberOrNone("final_logit_softcapping", 30),
    }, activation: "hidden_activation");
}
