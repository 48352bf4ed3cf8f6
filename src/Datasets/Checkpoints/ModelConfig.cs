using System.Text.Json;

namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>What a model is asked for; the ending of the architecture's name in config.json.</summary>
public enum ModelTask
{
    /// <summary>The next token: <c>…ForCausalLM</c>, <c>…LMHeadModel</c>.</summary>
    CausalLanguage,

    /// <summary>A hidden token from both sides: <c>…ForMaskedLM</c>.</summary>
    MaskedLanguage,

    /// <summary>A text from a text: <c>…ForConditionalGeneration</c>.</summary>
    SequenceToSequence,
    SequenceClassification,
    TokenClassification,
}

/// <summary>
/// The config.json of a checkpoint as plain data, from transformers 4 and 5. Names follow Llama's keys, whatever the family calls them; defaults are those of the
/// family's real class. A field that would change the numbers and is not understood is an error, never ignored.
/// </summary>
public sealed record ModelConfig
{
    /// <summary>The family, such as <c>qwen3</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>The class that wrote the checkpoint, such as <c>Qwen3ForCausalLM</c>.</summary>
    public required string Architecture { get; init; }

    public required ModelTask Task { get; init; }

    public required int VocabSize { get; init; }

    /// <summary>C.</summary>
    public required int HiddenSize { get; init; }

    public required int IntermediateSize { get; init; }

    /// <summary>Of an encoder and a decoder: the encoder's.</summary>
    public required int NumHiddenLayers { get; init; }

    /// <summary>H.</summary>
    public required int NumAttentionHeads { get; init; }

    /// <summary>KV.</summary>
    public required int NumKeyValueHeads { get; init; }

    /// <summary>D; hidden_size / num_attention_heads when the file does not say.</summary>
    public required int HeadDim { get; init; }

    /// <summary>How far the model can look back, tokens.</summary>
    public required int MaxPositionEmbeddings { get; init; }

    public required double NormEps { get; init; }

    /// <summary>Of the feed-forward layers, by transformers' name: silu, gelu, gelu_new, relu, ….</summary>
    public required string Activation { get; init; }

    /// <summary>Standard deviation of fresh weights.</summary>
    public required double InitializerRange { get; init; }

    /// <summary>The head is the embedding; it is stored once.</summary>
    public required bool TieWordEmbeddings { get; init; }

    /// <summary>Type of the published weights: float32, bfloat16 or float16.</summary>
    public required string StoredType { get; init; }

    /// <summary>One or several ids that end an answer; may be empty.</summary>
    public required IReadOnlyList<int> EosTokenIds { get; init; }

    public required int? PadTokenId { get; init; }

    /// <summary>Last parts of the names of the linear layers that LoRA can adapt: all but the head.</summary>
    public required IReadOnlyList<string> LinearLayers { get; init; }

    /// <summary>Numbers that a checkpoint of this shape holds, the tied head counted once.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>Share of the hidden states that the model is meant to lose while it trains.</summary>
    public double Dropout { get; init; }

    /// <summary>Of classification; null otherwise.</summary>
    public LabelConfig? Labels { get; init; }

    /// <summary>What decoders with rotary positions differ in; null for the other families.</summary>
    public DecoderTraits? Decoder { get; init; }

    /// <summary>Of BERT and its kin; null for the other families.</summary>
    public EncoderTraits? Encoder { get; init; }

    /// <summary>Of T5; null for the other families.</summary>
    public SequenceToSequenceTraits? SequenceToSequence { get; init; }

    /// <exception cref="ModelConfigException">A field is missing or asks for what is not built.</exception>
    /// <exception cref="JsonException">Not JSON.</exception>
    public static ModelConfig Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new ModelConfigException("the document", document.RootElement.ValueKind.ToString().ToLowerInvariant(), "an object");
        }

        try
        {
            var fields = new ConfigFields(document.RootElement);
            var config = ModelFamilies.Of(fields).Parse(fields);
            fields.RefuseWhatNobodyRead();
            return config.Checked();
        }
        catch (InvalidOperationException e)     // half a surrogate pair is JSON, but no text
        {
            throw new JsonException(e.Message, e);
        }
    }

    private ModelConfig Checked() =>
        NumAttentionHeads % NumKeyValueHeads != 0
            ? throw new ModelConfigException("num_key_value_heads", $"{NumKeyValueHeads}", $"a divisor of num_attention_heads, {NumAttentionHeads}")
        : Decoder is not null && Decoder.Rope.RotaryDim(HeadDim) % 2 != 0
            ? throw new ModelConfigException("head_dim", $"{HeadDim}", "an even number, because rotary embedding turns pairs")
        : Math.Max(VocabSize, IntermediateSize) > 10_000_000 || Math.Max(HiddenSize, HeadDim) > 1_000_000 || NumHiddenLayers > 10_000
            ? throw new ModelConfigException("vocab_size, hidden_size, intermediate_size or num_hidden_layers", $"{VocabSize}, {HiddenSize}, {IntermediateSize}, {NumHiddenLayers}", "sizes of a model that exists")
        : this;
}

/// <summary>What a decoder of pre-norm blocks with rotary positions may have beside Llama's.</summary>
public sealed record DecoderTraits
{
    public required RopeConfig Rope { get; init; }

    /// <summary>Of the layers with a window; null when they turn like the others.</summary>
    public RopeConfig? LocalRope { get; init; }

    /// <summary>A layer each: how many keys a query sees, its own included; null means all before it.</summary>
    public required IReadOnlyList<int?> Windows { get; init; }

    public bool QueryKeyValueBias { get; init; }

    public bool OutputBias { get; init; }

    public bool MlpBias { get; init; }

    /// <summary>Queries and keys are normed over D before they turn.</summary>
    public bool QueryKeyNorm { get; init; }

    /// <summary>Queries, keys and values come from one matrix; so do gate and up.</summary>
    public bool Fused { get; init; }

    /// <summary>Added to every norm's weight: 1 where checkpoints store it less one.</summary>
    public double NormOffset { get; init; }

    /// <summary>A norm behind attention and feed-forward too.</summary>
    public bool NormsBehind { get; init; }

    /// <summary>Of embeddings before the first block.</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>Of queries; null means 1/√D.</summary>
    public double? QueryScale { get; init; }

    /// <summary>c in c · tanh(scores / c); null for none.</summary>
    public double? AttentionSoftCap { get; init; }

    /// <summary>c in c · tanh(logits / c); null for none.</summary>
    public double? FinalSoftCap { get; init; }
}

/// <param name="TypeVocabSize">Kinds of segments; 0 when the family has none.</param>
/// <param name="FirstPosition">Number of the first token's position: RoBERTa counts from pad_token_id + 1.</param>
public sealed record EncoderTraits(int TypeVocabSize, int FirstPosition);

/// <param name="Buckets">Of relative positions.</param>
/// <param name="MaxDistance">Beyond it all distances share the last bucket.</param>
/// <param name="ScalesTiedHead">Hidden states are scaled by 1/√C before a head that is the embedding.</param>
/// <param name="Gated">A gate beside the feed-forward's first matrix (v1.1 and later).</param>
public sealed record SequenceToSequenceTraits(int DecoderLayers, int Buckets, int MaxDistance, bool Gated, int DecoderStartTokenId, bool ScalesTiedHead);
