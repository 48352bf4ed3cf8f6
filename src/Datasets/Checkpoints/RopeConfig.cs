namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>How rotary position embedding turns: <c>rope_theta</c> and <c>rope_scaling</c> of transformers 4, <c>rope_parameters</c> of 5.</summary>
/// <remarks>The rules are transformers', modeling_rope_utils.py; longrope: arXiv:2402.13753, yarn: arXiv:2309.00071.</remarks>
public sealed record RopeConfig
{
    /// <summary>default, linear, dynamic, llama3, yarn or longrope.</summary>
    public string Type { get; init; } = "default";

    public required double Theta { get; init; }

    /// <summary>The share of D that turns.</summary>
    public double Partial { get; init; } = 1;

    public double Factor { get; init; } = 1;

    /// <summary>Length that the model was pretrained at.</summary>
    public int OriginalMaxPositions { get; init; }

    /// <summary>llama3: wavelengths above original / this are stretched by the factor.</summary>
    public double LowFrequencyFactor { get; init; } = 1;

    /// <summary>llama3: wavelengths below original / this stay.</summary>
    public double HighFrequencyFactor { get; init; } = 4;

    /// <summary>yarn: dimensions that turn more often than this over the original length stay.</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>yarn: dimensions that turn less often than this are stretched.</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>yarn: the ramp begins and ends at whole dimensions.</summary>
    public bool Truncate { get; init; } = true;

    /// <summary>longrope: divisors of the frequencies up to the original length.</summary>
    public IReadOnlyList<double> ShortFactors { get; init; } = [];

    /// <summary>longrope: divisors of the frequencies beyond it.</summary>
    public IReadOnlyList<double> LongFactors { get; init; } = [];

    /// <summary>Of cosine and sine.</summary>
    public double AttentionScaling { get; init; } = 1;

    /// <summary>Frequencies follow from the longest sequence of a batch, as in transformers; for the others they never change.</summary>
    public bool DependsOnLength => Type is "dynamic" or "longrope";

    /// <summary>Numbers of a head that turn.</summary>
    public int RotaryDim(int headDim) => (int)(headDim * Partial);

    /// <summary>θ_i, radians a position, half as many as <see cref="RotaryDim"/>.</summary>
    /// <param name="headDim">D.</param>
    /// <param name="length">Longest sequence of the batch, tokens.</param>
    public double[] InverseFrequencies(int headDim, int length)
    {
        var dim = RotaryDim(headDim);
        var theta = Type == "dynamic" ? Theta * Math.Pow(Factor * Math.Max(length, OriginalMaxPositions) / OriginalMaxPositions - (Factor - 1), dim / (dim - 2.0)) : Theta;
        double[] plain = [.. Enumerable.Range(0, dim / 2).Select(i => Math.Pow(theta, -2.0 * i / dim))];
        return Type switch
        {
            "linear" => [.. plain.Select(frequency => frequency / Factor)],
            "llama3" => [.. plain.Select(Llama3)],
            "yarn" => Yarn(plain, dim),
            "longrope" => [.. plain.Zip(length > OriginalMaxPositions ? LongFactors : ShortFactors, (frequency, factor) => frequency / factor)],
            _ => plain,
        };
    }

    private double Llama3(double frequency)
    {
        var wavelength = 2 * Math.PI / frequency;
        if (wavelength < OriginalMaxPositions / HighFrequencyFactor)
        {
            return frequency;
        }

        if (wavelength > OriginalMaxPositions / LowFrequencyFactor)
        {
            return frequency / Factor;
        }

        var smooth = (OriginalMaxPositions / wavelength - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
        return (1 - smooth) * frequency / Factor + smooth * frequency;
    }

    /// <summary>A ramp over the dimensions from frequencies that stay to frequencies that are stretched.</summary>
    private double[] Yarn(double[] plain, int dim)
    {
        var (low, high) = (Dimension(BetaFast), Dimension(BetaSlow));
        (low, high) = Truncate ? (Math.Floor(low), Math.Ceiling(high)) : (low, high);
        (low, high) = (Math.Max(low, 0), Math.Min(high, dim - 1));
        high = low == high ? high + 0.001 : high;
        return [.. plain.Select((frequency, i) =>
        {
            var stretched = Math.Clamp((i - low) / (high - low), 0, 1);
            return frequency / Factor * stretched + frequency * (1 - stretched);
        })];

        // Which dimension turns so often over the original length.
        double Dimension(double turns) => dim * Math.Log(OriginalMaxPositions / (turns * 2 * Math.PI)) / (2 * Math.Log(Theta));
    }
}
