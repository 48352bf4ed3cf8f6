using System.Text.Json;

namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>Fields of a config.json with their defaults; JSON null counts as left out, as in transformers. Remembers what was asked for.</summary>
internal sealed class ConfigFields(JsonElement root)
{
    /// <summary>
    /// Fields that some architecture's forward pass depends on, with the value that means "not used" (null: left out, or null). A family that does not
    /// read one of them must not be given it.
    /// </summary>
    private static readonly (string Name, object? Neutral)[] Consequential =
    [
        ("add_cross_attention", false), ("alibi", false), ("attention_bias", false), ("attention_chunk_size", null), ("attention_multiplier", null),
        ("attn_logit_softcapping", null), ("clip_qkv", null), ("embedding_multiplier", 1), ("embedding_size", null), ("final_logit_softcapping", null),
        ("is_decoder", false), ("layer_types", null), ("logit_scale", null), ("logits_scaling", 1), ("mlp_bias", false), ("moe_intermediate_size", null),
        ("no_rope_layers", null), ("num_experts", null), ("num_local_experts", null), ("n_routed_experts", null), ("num_global_layers", null),
        ("parallel_attn", false), ("partial_rotary_factor", 1), ("position_embedding_type", "absolute"), ("pretraining_tp", 1), ("qk_layernorm", false),
        ("quantization_config", null), ("query_pre_attn_scalar", null), ("residual_multiplier", 1), ("rope_parameters", null), ("rope_scaling", null),
        ("rotary_pct", 1), ("scale_attn_by_inverse_layer_idx", false), ("scale_attn_weights", true), ("sinusoidal_pos_embds", false),
        ("sliding_window", null), ("use_bidirectional_attention", false), ("use_parallel_residual", false), ("use_qk_norm", false), ("use_sliding_window", false),
        ("vision_config", null),
    ];

    private readonly HashSet<string> asked = [];

    public ConfigFields? Object(string name) => Find(name) is { ValueKind: JsonValueKind.Object } found ? new(found) : null;

    public bool Has(string name) => Find(name) is not null;

    /// <returns>Null when left out.</returns>
    public int? OptionalInt(string name) => Has(name) ? Int(name, 0) : null;

    public int Int(string name, int otherwise) => Find(name) is not { } found ? otherwise
        : found.ValueKind == JsonValueKind.Number && found.TryGetInt32(out var value) && value > 0 ? value
        : throw new ModelConfigException(name, Shown(found), "a positive whole number");

    /// <summary>A default that null switches off: left out is the default, null is none.</summary>
    public int? OrNone(string name, int otherwise) => IsNull(name) ? null : Int(name, otherwise);

    /// <inheritdoc cref="OrNone"/>
    public double? NumberOrNone(string name, double otherwise) => IsNull(name) ? null : Number(name, otherwise);

    /// <returns>Null when left out.</returns>
    public double? OptionalNumber(string name) => Has(name) ? Number(name, 0) : null;

    public double Number(string name, double otherwise) => Find(name) is not { } found ? otherwise
        : found.ValueKind == JsonValueKind.Number && found.TryGetDouble(out var value) && double.IsFinite(value) ? value
        : throw new ModelConfigException(name, Shown(found), "a number");

    /// <summary>A number that must be above 0.</summary>
    public double Positive(string name, double otherwise) => Number(name, otherwise) is > 0 and var value ? value : throw new ModelConfigException(name, $"{Number(name, otherwise)}", "a number above 0");

    public IReadOnlyList<double> Numbers(string name) => Find(name) is { ValueKind: JsonValueKind.Array } found && found.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number)
        ? [.. found.EnumerateArray().Select(item => item.GetDouble())]
        : throw new ModelConfigException(name, Find(name) is { } other ? Shown(other) : "nothing", "a list of numbers");

    public bool Flag(string name, bool otherwise) => Find(name) is not { } found ? otherwise
        : found.ValueKind is JsonValueKind.True or JsonValueKind.False ? found.GetBoolean() : throw new ModelConfigException(name, Shown(found), "true or false");

    public string? Text(string name) => Find(name) is not { } found ? null
        : found.ValueKind == JsonValueKind.String ? found.GetString() : throw new ModelConfigException(name, Shown(found), "a string");

    /// <returns>Null when left out.</returns>
    public IReadOnlyList<string>? Texts(string name) => Find(name) is not { } found ? null
        : found.ValueKind == JsonValueKind.Array && found.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. found.EnumerateArray().Select(item => item.GetString()!)]
        : throw new ModelConfigException(name, Shown(found), "a list of strings");

    public string? FirstText(string name) => Texts(name) is [var first, ..] ? first : null;

    /// <summary>A number or a list of numbers; empty when left out.</summary>
    public IReadOnlyList<int> Ints(string name) => Find(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Number } one when one.TryGetInt32(out var id) => [id],
        { ValueKind: JsonValueKind.Array } many when many.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out _)) =>
            [.. many.EnumerateArray().Select(item => item.GetInt32())],
        var other => throw new ModelConfigException(name, Shown(other.Value), "an id or a list of ids"),
    };

    /// <summary>Names of the classes: <c>id2label</c>, or as many as <c>num_labels</c> says, or transformers' two.</summary>
    public IReadOnlyList<string> Labels()
    {
        if (Find("id2label") is not { } map)
        {
            return [.. Enumerable.Range(0, Math.Min(Int("num_labels", 2), 1_000_000)).Select(id => $"LABEL_{id}")];
        }

        var labels = map.ValueKind != JsonValueKind.Object ? throw new ModelConfigException("id2label", Shown(map), "an object from ids to names")
            : map.EnumerateObject().Select(item => (Id: int.TryParse(item.Name, out var id) ? id : -1, Name: item.Value.ToString())).OrderBy(item => item.Id).ToList();
        return labels.Count > 0 && labels.Index().All(item => item.Index == item.Item.Id) ? [.. labels.Select(item => item.Name)]
            : throw new ModelConfigException("id2label", Shown(map), "ids from 0 on without a gap");
    }

    /// <summary>A field that may be left out, but changes the numbers when it says something else.</summary>
    public void MustBe(string name, object expected)
    {
        if (Find(name) is { } found && !Says(found, expected))
        {
            throw new ModelConfigException(name, Shown(found), $"{Text(expected)}; other values are not built");
        }
    }

    /// <summary>The part of a whole that each head has, where the parts must be equal.</summary>
    public static int Share(int whole, string wholeName, int parts, string partsName) =>
        whole % parts == 0 ? whole / parts : throw new ModelConfigException(partsName, $"{parts}", $"a divisor of {wholeName}, {whole}");

    /// <exception cref="ModelConfigException">A field that would change the numbers was read by nobody.</exception>
    public void RefuseWhatNobodyRead()
    {
        foreach (var (name, neutral) in Consequential.Where(field => !asked.Contains(field.Name)))
        {
            if (Find(name) is { } found && !Says(found, neutral))
            {
                throw new ModelConfigException(name, Shown(found), $"{(neutral is null ? "no such field" : Text(neutral))}: it would change this architecture's numbers and is not built");
            }
        }
    }

    private static bool Says(JsonElement found, object? expected) => expected switch
    {
        int number => found.ValueKind == JsonValueKind.Number && found.TryGetDouble(out var value) && value == number,
        bool flag => found.ValueKind == (flag ? JsonValueKind.True : JsonValueKind.False),
        string text => found.ValueKind == JsonValueKind.String && found.GetString() == text,
        _ => false,
    };

    private static string Text(object value) => value is bool flag ? flag ? "true" : "false" : $"{value}";

    private static string Shown(JsonElement found) => found.GetRawText() is var text && text.Length > 100 ? text[..100] + "…" : found.GetRawText();

    private bool IsNull(string name)
    {
        asked.Add(name);
        return root.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.Null;
    }

    private JsonElement? Find(string name)
    {
        asked.Add(name);
        return root.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null ? found : null;
    }
}
