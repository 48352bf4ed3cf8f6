namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>Reads <see cref="RopeConfig"/> out of a config.json.</summary>
internal static class RopeFields
{
    /// <param name="theta">The family's default.</param>
    /// <param name="maxPositions">max_position_embeddings.</param>
    public static RopeConfig Rope(this ConfigFields config, double theta, int maxPositions, int headDim)
    {
        var v4 = config.Object("rope_scaling");
        var v5 = config.Object("rope_parameters");
        return Parse(v5 ?? v4, config, config.Positive("rope_theta", theta), maxPositions, headDim);
    }

    /// <summary>Of one kind of layer: transformers 5 lists them by kind.</summary>
    /// <param name="scaling">rope_scaling, rope_parameters or a part of it; null for none.</param>
    public static RopeConfig Parse(ConfigFields? scaling, ConfigFields config, double theta, int maxPositions, int headDim)
    {
        var plain = new RopeConfig
        {
            Theta = scaling?.Positive("rope_theta", theta) ?? theta,
            Partial = scaling?.OptionalNumber("partial_rotary_factor") ?? config.Number("partial_rotary_factor", 1),
        };
        if (plain.Partial is not (> 0 and <= 1))
        {
            throw new ModelConfigException("partial_rotary_factor", $"{plain.Partial}", "a share above 0, at most 1");
        }

        return Scaled(plain, scaling?.Text("rope_type") ?? scaling?.Text("type") ?? "default", scaling, config, maxPositions, headDim);
    }

    private static RopeConfig Scaled(RopeConfig plain, string type, ConfigFields? scaling, ConfigFields config, int maxPositions, int headDim) => type switch
    {
        "default" => plain,
        "linear" => plain with { Type = type, Factor = scaling!.Positive("factor", 1) },
        "dynamic" => plain with { Type = type, Factor = scaling!.Positive("factor", 1), OriginalMaxPositions = maxPositions },
        "llama3" => plain with
        {
            Type = type,
            Factor = scaling!.Positive("factor", 8),
            LowFrequencyFactor = scaling.Positive("low_freq_factor", 1),
            HighFrequencyFactor = scaling.Positive("high_freq_factor", 4),
            OriginalMaxPositions = scaling.Int("original_max_position_embeddings", 8192),
        },
        "yarn" => Yarn(plain, scaling!, maxPositions),
        "longrope" or "su" => LongRope(plain, scaling!, config, maxPositions, headDim),
        _ => throw new ModelConfigException("rope_scaling.rope_type", $"'{type}'", "default, linear, dynamic, llama3, yarn or longrope"),
    };

    private static RopeConfig Yarn(RopeConfig plain, ConfigFields scaling, int maxPositions)
    {
        var original = scaling.Int("original_max_position_embeddings", maxPositions);
        var factor = scaling.OptionalNumber("factor") ?? (double)maxPositions / original;
        var scale = scaling.OptionalNumber("mscale") is { } one && scaling.OptionalNumber("mscale_all_dim") is { } all ? Scale(one) / Scale(all) : Scale(1);
        return plain with
        {
            Type = "yarn",
            Factor = factor,
            OriginalMaxPositions = original,
            BetaFast = scaling.Positive("beta_fast", 32),
            BetaSlow = scaling.Positive("beta_slow", 1),
            Truncate = scaling.Flag("truncate", true),
            AttentionScaling = scaling.OptionalNumber("attention_factor") ?? scale,
        };

        double Scale(double weight) => factor <= 1 ? 1 : 0.1 * weight * Math.Log(factor) + 1;
    }

    private static RopeConfig LongRope(RopeConfig plain, ConfigFields scaling, ConfigFields config, int maxPositions, int headDim)
    {
        var original = config.OptionalInt("original_max_position_embeddings") ?? scaling.OptionalInt("original_max_position_embeddings");
        var factor = original is null ? scaling.Positive("factor", 1) : (double)maxPositions / original.Value;
        var rope = plain with
        {
            Type = "longrope",
            Factor = factor,
            OriginalMaxPositions = original ?? maxPositions,
            ShortFactors = scaling.Numbers("short_factor"),
            LongFactors = scaling.Numbers("long_factor"),
            AttentionScaling = scaling.OptionalNumber("attention_factor") ?? (factor <= 1 ? 1 : Math.Sqrt(1 + Math.Log(factor) / Math.Log(original ?? maxPositions))),
        };
        var half = rope.RotaryDim(headDim) / 2;
        return rope.ShortFactors.Count == half && rope.LongFactors.Count == half ? rope
            : throw new ModelConfigException("rope_scaling.short_factor and long_factor", $"{rope.ShortFactors.Count} and {rope.LongFactors.Count} numbers", $"{half} each, half of the numbers of a head that turn");
    }
}
