namespace ServerlessTuning.Datasets.Checkpoints.Families;

/// <summary>Llama with a sliding window in every layer. Source: Jiang et al. 2023, arXiv:2310.06825; transformers, configuration_mistral.py.</summary>
internal sealed class Mistral : IModelFamily
{
    private static readonly DecoderDefaults Defaults = new(32000, 4096, 14336, 32, 32, 8, null, 131072);

    public string ModelType => "mistral";

    public IReadOnlyList<string> Architectures => ["MistralForCausalLM", "MistralForSequenceClassification", "MistralForTokenClassification"];

    public ModelConfig Parse(ConfigFields config) => this.Decoder(config, Defaults, model => new DecoderTraits
    {
        Rope = config.Rope(Defaults, model),
        Windows = config.Windows(model, config.OrNone("sliding_window", 4096), _ => true),
    });
}
