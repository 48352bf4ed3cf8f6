namespace ServerlessTuning.Datasets.Checkpoints.Families;

/// <summary>Queries and keys are normed, heads of their own size. Source: Qwen team 2025, arXiv:2505.09388; transformers, configuration_qwen3.py.</summary>
internal sealed class Qwen3 : IModelFamily
{
    private static readonly DecoderDefaults Defaults = new(151936, 4096, 22016, 32, 32, 32, 128, 32768);

    public string ModelType => "qwen3";

    public IReadOnlyList<string> Architectures => ["Qwen3ForCausalLM", "Qwen3ForSequenceClassification", "Qwen3ForTokenClassification"];

    public ModelConfig Parse(ConfigFields config) => this.Decoder(config, Defaults, model => new DecoderTraits
    {
        Rope = config.Rope(Defaults, model),
        Windows = Qwen2.Windows(config, model),
        QueryKeyValueBias = config.Flag("attention_bias", false),
        OutputBias = config.Flag("attention_bias", false),
        QueryKeyNorm = true,
    });
}
