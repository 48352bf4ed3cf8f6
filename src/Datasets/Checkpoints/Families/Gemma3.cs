namespace ServerlessTuning.Datasets.Checkpoints.Families;

/// <summary>
/// Gemma 2 with normed queries and keys instead of soft caps; layers with a window turn by a rope of their own.
/// Source: Gemma team 2025, arXiv:2503.19786; transformers, configuration_gemma3.py (text).
/// </summary>
internal sealed class Gemma3 : IModelFamily
{
    private static readonly DecoderDefaults Defaults = new(262208, 2304, 9216, 26, 8, 4, 256, 131072, RopeTheta: 1e6, TieWordEmbeddings: true, Activation: "gelu_pytorch_tanh");

    public string ModelType => "gemma3_text";

    public IReadOnlyList<string> Architectures => ["Gemma3ForCausalLM", "Gemma3TextForSequenceClassification"];

    public ModelConfig Parse(ConfigFields config) => this.Decoder(config, Defaults, model => new DecoderTraits
    {
        Rope = Global(config, model),
        LocalRope = Local(config, model),
        Windows = Windows(config, model),
        QueryKeyValueBias = config.Flag("attention_bias", false),
        OutputBias = config.Flag("attention_bias", false),
        QueryKeyNorm = true,
        NormOffset = 1,
        NormsBehind = true,
        EmbeddingScale = Math.Sqrt(model.HiddenSize),
        QueryScale = 1 / Math.Sqrt(config.Positive("query_pre_attn_scalar", 256)),
        AttentionSoftCap = config.OptionalNumber("attn_logit_softcapping"),
        FinalSoftCap = config.OptionalNumber("final_logit_softcapping"),
    }, activation: "hidden_activation");

    private static int?[] Windows(ConfigFields config, ModelConfig model)
    {
        var pattern = config.OptionalInt("sliding_window_pattern") ?? config.Int("_sliding_window_pattern", 6);
        return config.Windows(model, config.OrNone("sliding_window", 4096), layer => (layer + 1) % pattern != 0);
    }

    private static RopeConfig Global(ConfigFields config, ModelConfig model) =>
        config.Object("rope_parameters")?.Object("full_attention") is { } full
            ? RopeFields.Parse(full, config, Defaults.RopeTheta, model.MaxPositionEmbeddings, model.HeadDim)
            : config.Rope(Defaults, model);

    /// <summary>Not scaled; transformers 5 says it in the kinds of rope_parameters, 4 in a field of its own.</summary>
    private static RopeConfig Local(ConfigFields config, ModelConfig model) =>
        config.Object("rope_parameters")?.Object("sliding_attention") is { } sliding
            ? RopeFields.Parse(sliding, config, 10000, model.MaxPositionEmbeddings, model.HeadDim)
            : new() { Theta = config.Positive("rope_local_base_freq", 10000) };
}
