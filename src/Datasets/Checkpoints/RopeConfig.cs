namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>How rotary position embedding turns: <c>rope_theta</c> and <c>rope_scaling</c> of transformers 4, <c>rope_parameters</c> of 5.</summary>
/// <param name="Type">default, linear or llama3.</param>
/// <param name="Factor">Of linear and llama3.</param>
/// <param name="LowFrequencyFactor">Of llama3: wavelengths above original / this are stretched by the factor.</param>
/// <param name="HighFrequencyFactor">Of llama3: wavelengths below original / this stay.</param>
/// <param name="OriginalMaxPositionEmbeddings">Of llama3.</param>
public sealed record RopeConfig(
    string Type, double Theta, double Factor = 1, double LowFrequencyFactor = 1, double HighFrequencyFactor = 4, int OriginalMaxPositionEmbeddings = 8192)
{
    internal static RopeConfig Parse(ConfigFields config)
    {
        var scaling = config.Object("rope_parameters") ?? config.Object("rope_scaling");
        var theta = scaling?.Has("rope_theta") == true ? scaling.Number("rope_theta", 10000) : config.Number("rope_theta", 10000);
        var type = scaling?.Text("rope_type") ?? scaling?.Text("type") ?? "default";
        return type switch
        {
            "default" => new(type, theta),
            "linear" => new(type, theta, scaling!.Number("factor", 1)),
            "llama3" => new(type, theta, scaling!.Number("factor", 8), scaling.Number("low_freq_factor", 1), scaling.Number("high_freq_factor", 4),
                scaling.Int("original_max_position_embeddings", 8192)),
            _ => throw new ModelConfigException("rope_scaling.rope_type", $"'{type}'", "default, linear or llama3"),
        };
    }

    /// <summary>θ_i = base^(−2i/D), scaled as the type says; radians a position, D/2 of them.</summary>
    /// <param name="headDim">D.</param>
    /// <remarks>llama3: Llama 3.1's rule as in transformers, modeling_rope_utils._compute_llama3_parameters.</remarks>
    public double[] InverseFrequencies(int headDim) =>
        [.. Enumerable.Range(0, headDim / 2).Select(i => Scale(Math.Pow(Theta, -2.0 * i / headDim)))];

    private double Scale(double frequency) => Type switch
    {
        "linear" => frequency / Factor,
        "llama3" => ScaleLlama3(frequency),
        _ => frequency,
    };

    private double ScaleLlama3(double frequency)
    {
        var wavelength = 2 * Math.PI / frequency;
        if (wavelength < OriginalMaxPositionEmbeddings / HighFrequencyFactor)
        {
            return frequency;
        }

        if (wavelength > OriginalMaxPositionEmbeddings / LowFrequencyFactor)
        {
            return frequency / Factor;
        }

        var smooth = (OriginalMaxPositionEmbeddings / wavelength - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
        return (1 - smooth) * frequency / Factor + smooth * frequency;
    }
}
