using System.Globalization;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Planning;

/// <summary>What a training asks of a GPU, counted from the number of parameters. Cautious: a machine too large costs some cents, one too small a whole attempt.</summary>
internal static class MachineNeed
{
    /// <summary>Bytes a token of the activations of all layers, for each of about √parameters numbers: 34 at 2 bytes (Korthikanti et al. 2022, arXiv:2205.05198, equation 2, without the scores), twice for safety.</summary>
    private const double ActivationBytes = 68, RecomputedActivationBytes = 8;

    private const double Spare = 1.2, GiB = 1L << 30;

    /// <summary>Driver, libraries and the chunked head.</summary>
    private const double Fixed = 2 * GiB;

    /// <summary>What cannot be made less by computing fewer rows at once.</summary>
    public static string? OneRow(TuningPlan plan) => plan.Machine is not { } needs ? null : string.Create(CultureInfo.InvariantCulture,
        $"By arithmetic weights, gradients and optimizer take {needs.WeightsGiB:0.0} GiB, the activations of one row of {plan.Training.RowTokens} tokens {needs.RowGiB:0.0} GiB, libraries {Fixed / GiB:0} GiB.");

    public static MachineNeeds Of(TrainingPlan training, long parameters, bool full, bool quantized)
    {
        // float32 weights, gradients and the optimizer's memory when all train; else frozen weights at their width, and an adapter of about a hundredth.
        double learning = 8 + training.Optimizer switch { OptimizerType.Adafactor => 0.1, OptimizerType.AdamW8Bit => 2.1, _ => 8 };
        double width = quantized ? 1.1 : training.Precision == Precision.Bfloat16 ? 2 : 4; // eight bits and their scales
        var weights = full ? parameters * (learning + width) : parameters * (width + learning / 100);
        var row = training.RowTokens * Math.Sqrt(parameters) * (training.Recompute ? RecomputedActivationBytes : ActivationBytes);

        // Forward 2 operations a parameter and token, backward 2 for the activations and 2 for the weights that train; recomputation another 2.
        var operations = (full ? 6.0 : 4.0) + (training.Recompute ? 2 : 0);
        var seen = (double)training.TotalSteps * training.RowsPerStep * training.RowTokens;
        return new(Rounded((weights + training.MicroBatchRows * row + Fixed) * Spare), training.Precision == Precision.Bfloat16, operations * parameters * seen / 1e15, Rounded(weights), Rounded(row));

        static double Rounded(double bytes) => Math.Round(bytes / GiB, 1);
    }
}
