namespace ServerlessTuning.Datasets.Checkpoints.Families;

/// <summary>Llama with fused projections, heads that may turn only in part, and long rope. Source: Abdin et al. 2024, arXiv:2404.14219; transformers, configuration_phi3.py.</summary>
internal sealed class Phi3 : IModelFamily
{
    private static readonly DecoderDefaults Defaults = new(32064, 3072, 8192, 32, 32, null, null, 4096, RmsNormEps: 1e-5);

    public string ModelType => "phi3";

    public IReadOnlyList<string> Architectures => ["Phi3ForCausalLM", "Phi3ForSequenceClassification", "Phi3ForTokenClassification"];

    public ModelConfig Parse(ConfigFields config) => this.Decoder(config, Defaults, model => new DecoderTraits
    {
        Rope = config.Rope(Defaults, model),
        Windows = config.Windows(model, config.OptionalInt("sliding_window"), _ => true),
        Fused = true,
    });
}
