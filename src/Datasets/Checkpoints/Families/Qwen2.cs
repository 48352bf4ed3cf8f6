namespace ServerlessTuning.Datasets.Checkpoints.Families;

/// <summary>Llama with biases on queries, keys and values; windows from a layer on, when switched on. Source: transformers, configuration_qwen2.py.</summary>
internal sealed class Qwen2 : IModelFamily
{
    private static readonly DecoderDefaults Defaults = new(151936, 4096, 22016, 32, 32, 32, null, 32768);

    public string ModelType => "qwen2";

    public IReadOnlyList<string> Architectures => ["Qwen2ForCausalLM", "Qwen2ForSequenceClassification", "Qwen2ForTokenClassification"];

    public ModelConfig Parse(ConfigFields config) => this.Decoder(config, Defaults, model => new DecoderTraits
    {
        Rope = config.Rope(Defaults, model),
        Windows = Windows(config, model),
        QueryKeyValueBias = true,
    });

    /// <summary>A window that is named but not switched on is none.</summary>
    internal static int?[] Windows(ConfigFields config, ModelConfig model)
    {
        var window = config.OrNone("sliding_window", 4096);
        var first = config.Ints("max_window_layers") is [var layer, ..] ? layer : 28;
        return config.Windows(model, config.Flag("use_sliding_window", false) ? window : null, layer => layer >= first);
    }
}
