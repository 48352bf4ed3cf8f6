namespace ServerlessTuning.Datasets.Checkpoints.Families;

/// <summary>Defaults of a class of decoders, by transformers' names.</summary>
internal sealed record DecoderDefaults(
    int VocabSize, int HiddenSize, int IntermediateSize, int NumHiddenLayers, int NumAttentionHeads, int? NumKeyValueHeads, int? HeadDim,
    int MaxPositionEmbeddings, double RmsNormEps = 1e-6, double RopeTheta = 10000, bool TieWordEmbeddings = false, string Activation = "silu");

/// <summary>What the decoders with rotary positions read alike.</summary>
internal static class DecoderFields
{
    private static readonly string[] LinearLayers = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];
    private static readonly string[] FusedLayers = ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"];

    /// <param name="activation">The field that names the activation.</param>
    /// <param name="traits">What is special about the family; rope and windows are filled in when they are not given.</param>
    public static ModelConfig Decoder(this IModelFamily family, ConfigFields config, DecoderDefaults defaults, Func<ModelConfig, DecoderTraits> traits, string activation = "hidden_act")
    {
        var (architecture, task) = family.Architecture(config);
        var heads = config.Int("num_attention_heads", defaults.NumAttentionHeads);
        var hidden = config.Int("hidden_size", defaults.HiddenSize);
        var model = new ModelConfig
        {
            ModelType = family.ModelType,
            Architecture = architecture,
            Task = task,
            VocabSize = config.Int("vocab_size", defaults.VocabSize),
            HiddenSize = hidden,
            IntermediateSize = config.Int("intermediate_size", defaults.IntermediateSize),
            NumHiddenLayers = config.Int("num_hidden_layers", defaults.NumHiddenLayers),
            NumAttentionHeads = heads,
            NumKeyValueHeads = config.Int("num_key_value_heads", config.Has("num_attention_heads") && defaults.NumKeyValueHeads is null ? heads : defaults.NumKeyValueHeads ?? heads),
            HeadDim = config.Int("head_dim", defaults.HeadDim ?? hidden / heads),
            MaxPositionEmbeddings = config.Int("max_position_embeddings", defaults.MaxPositionEmbeddings),
            NormEps = config.Number("rms_norm_eps", defaults.RmsNormEps),
            Activation = config.Text(activation) ?? defaults.Activation,
            InitializerRange = config.Number("initializer_range", 0.02),
            TieWordEmbeddings = config.Flag("tie_word_embeddings", defaults.TieWordEmbeddings),
            StoredType = config.StoredType(),
            EosTokenIds = config.Ints("eos_token_id"),
            PadTokenId = config.PadTokenId(),
            Labels = LabelConfig.For(task, config),
            LinearLayers = LinearLayers,
            ParameterCount = 0,
        };
        var special = traits(model);
        return model with { Decoder = special, LinearLayers = special.Fused ? FusedLayers : LinearLayers, ParameterCount = Count(model, special) };
    }

    public static RopeConfig Rope(this ConfigFields config, DecoderDefaults defaults, ModelConfig model) => config.Rope(defaults.RopeTheta, model.MaxPositionEmbeddings, model.HeadDim);

    public static int?[] NoWindows(this ModelConfig model) => new int?[model.NumHiddenLayers];

    /// <summary>The window of each layer: as <c>layer_types</c> lists them, or by the family's rule.</summary>
    /// <param name="window">sliding_window; null when the model has none.</param>
    public static int?[] Windows(this ConfigFields config, ModelConfig model, int? window, Func<int, bool> slides)
    {
        if (config.Texts("layer_types") is not { } types)
        {
            return [.. Enumerable.Range(0, model.NumHiddenLayers).Select(layer => slides(layer) ? window : (int?)null)];
        }

        return types.FirstOrDefault(type => type is not ("full_attention" or "sliding_attention")) is { } unknown
            ? throw new ModelConfigException("layer_types", $"'{unknown}'", "full_attention or sliding_attention")
            : types.Count != model.NumHiddenLayers ? throw new ModelConfigException("layer_types", $"{types.Count} layers", $"num_hidden_layers, {model.NumHiddenLayers}")
            : [.. types.Select(type => type == "sliding_attention" ? window ?? throw new ModelConfigException("sliding_window", "nothing", "a number, because layer_types asks for windows") : (int?)null)];
    }

    public static string StoredType(this ConfigFields config) => config.Text("dtype") ?? config.Text("torch_dtype") ?? "float32";

    public static int? PadTokenId(this ConfigFields config) => config.Ints("pad_token_id") is [>= 0 and var pad, ..] ? pad : null;

    private static long Count(ModelConfig model, DecoderTraits traits)
    {
        long c = model.HiddenSize, queries = (long)model.NumAttentionHeads * model.HeadDim, keys = (long)model.NumKeyValueHeads * model.HeadDim;
        var attention = c * (2 * queries + 2 * keys) + (traits.QueryKeyValueBias ? queries + 2 * keys : 0) + (traits.OutputBias ? c : 0) + (traits.QueryKeyNorm ? 2 * model.HeadDim : 0);
        var mlp = 3 * c * model.IntermediateSize + (traits.MlpBias ? 2L * model.IntermediateSize + c : 0);
        var head = model.Labels is { } labels ? labels.Count * c : model.TieWordEmbeddings ? 0 : model.VocabSize * c;
        return model.VocabSize * c + head + c + model.NumHiddenLayers * (attention + mlp + (traits.NormsBehind ? 4 : 2) * c);
    }
}
