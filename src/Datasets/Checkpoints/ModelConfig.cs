using System.Text.Json;

namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>
/// The config.json of a Llama checkpoint as plain data, from transformers 4 and 5. Names follow its keys; defaults are those of the real class.
/// A field that would change the numbers and is not understood is an error, never ignored.
/// </summary>
/// <param name="HeadDim">D; hidden_size / num_attention_heads when the file does not say.</param>
/// <param name="StoredType">Type of the published weights: float32, bfloat16 or float16.</param>
/// <param name="EosTokenIds">One or several ids that end an answer; may be empty.</param>
public sealed record ModelConfig(
    string ModelType,
    string Architecture,
    int VocabSize,
    int HiddenSize,
    int IntermediateSize,
    int NumHiddenLayers,
    int NumAttentionHeads,
    int NumKeyValueHeads,
    int HeadDim,
    int MaxPositionEmbeddings,
    double RmsNormEps,
    double InitializerRange,
    bool AttentionBias,
    bool MlpBias,
    bool TieWordEmbeddings,
    RopeConfig Rope,
    string StoredType,
    IReadOnlyList<int> EosTokenIds,
    int? PadTokenId)
{
    /// <summary>Numbers that a checkpoint of this shape holds, the tied head counted once.</summary>
    public long ParameterCount
    {
        get
        {
            long attention = (long)HiddenSize * HeadDim * 2 * (NumAttentionHeads + NumKeyValueHeads);
            long mlp = 3L * HiddenSize * IntermediateSize;
            return (long)VocabSize * HiddenSize * (TieWordEmbeddings ? 1 : 2) + NumHiddenLayers * (attention + mlp + 2L * HiddenSize) + HiddenSize;
        }
    }

    /// <exception cref="ModelConfigException">A field is missing or asks for what is not built.</exception>
    /// <exception cref="JsonException">Not JSON.</exception>
    public static ModelConfig Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var config = new ConfigFields(document.RootElement);
        var modelType = config.Text("model_type") ?? throw new ModelConfigException("model_type", "nothing", "llama");
        if (modelType != "llama")
        {
            throw new ModelConfigException("model_type", $"'{modelType}'", "'llama', the architecture that is built today");
        }

        config.MustBe("hidden_act", "silu");
        config.MustBe("pretraining_tp", 1);
        var hidden = config.Int("hidden_size", 4096);
        var heads = config.Int("num_attention_heads", 32);
        var parsed = new ModelConfig(
            modelType,
            config.FirstText("architectures") ?? "LlamaForCausalLM",
            config.Int("vocab_size", 32000),
            hidden,
            config.Int("intermediate_size", 11008),
            config.Int("num_hidden_layers", 32),
            heads,
            config.Int("num_key_value_heads", heads),
            config.Int("head_dim", hidden / heads),
            config.Int("max_position_embeddings", 2048),
            config.Number("rms_norm_eps", 1e-6),
            config.Number("initializer_range", 0.02),
            config.Flag("attention_bias", false),
            config.Flag("mlp_bias", false),
            config.Flag("tie_word_embeddings", false),
            RopeConfig.Parse(config),
            config.Text("dtype") ?? config.Text("torch_dtype") ?? "float32",
            config.Ints("eos_token_id"),
            config.Ints("pad_token_id") is [var pad, ..] ? pad : null);
        return parsed.Checked();
    }

    private ModelConfig Checked() =>
        NumAttentionHeads % NumKeyValueHeads != 0
            ? throw new ModelConfigException("num_key_value_heads", $"{NumKeyValueHeads}", $"a divisor of num_attention_heads, {NumAttentionHeads}")
        : HeadDim % 2 != 0 ? throw new ModelConfigException("head_dim", $"{HeadDim}", "an even number, because rotary embedding turns pairs")
        : this;
}
