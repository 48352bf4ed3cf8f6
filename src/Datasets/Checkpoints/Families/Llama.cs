namespace ServerlessTuning.Datasets.Checkpoints.Families;

/// <summary>Llama 2, 3, 3.1, 3.2. Source: Touvron et al. 2023, arXiv:2302.13971; transformers, configuration_llama.py.</summary>
internal sealed class Llama : IModelFamily
{
    private static readonly DecoderDefaults Defaults = new(32000, 4096, 11008, 32, 32, null, null, 2048);

    public string ModelType => "llama";

    public IReadOnlyList<string> Architectures => ["LlamaForCausalLM", "LlamaForSequenceClassification", "LlamaForTokenClassification"];

    public ModelConfig Parse(ConfigFields config) => this.Decoder(config, Defaults, model => new DecoderTraits
    {
        Rope = config.Rope(Defaults, model),
        Windows = model.NoWindows(),
        QueryKeyValueBias = config.Flag("attention_bias", false),
        OutputBias = config.Flag("attention_bias", false),
        MlpBias = config.Flag("mlp_bias", false),
    });
}
