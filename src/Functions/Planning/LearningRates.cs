using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Planning;

/// <summary>Peak learning rates by size.</summary>
internal static class LearningRates
{
    private const double LoraAtSevenBillion = 2e-4;
    private const double Least = 1e-4, Most = 5e-3;

    /// <param name="parameters">Of the base model.</param>
    /// <param name="full">Without an adapter.</param>
    public static (double Value, string Reason) For(TuningTask task, long parameters, bool full, bool fromScratch)
    {
        var (rate, reason) = For(parameters, full, fromScratch);
        // TRL's defaults for LoRA: 2e-4 on answers, 5e-6 on preferences, 1e-5 by reward, 1e-4 for a model that judges.
        return task switch
        {
            TuningTask.Preference => (Round(rate / 40), $"a fortieth of what answers are learned with, which is {reason}"),
            TuningTask.Reinforcement => (Round(rate / 20), $"a twentieth of what answers are learned with, which is {reason}"),
            TuningTask.Reward => (Round(rate / 2), $"half of what answers are learned with, which is {reason}"),
            _ => (rate, reason),
        };
    }

    private static (double Value, string Reason) For(long parameters, bool full, bool fromScratch)
    {
        var size = Millions(parameters);
        if (fromScratch)
        {
            // Kaplan et al. 2020, arXiv:2001.08361, appendix D.6, equation D.1.
            return (Round(Math.Max(Least, 0.003239 - 0.0001395 * Math.Log(parameters))), $"Kaplan et al. 2020, equation D.1, at {size} parameters");
        }

        // 2e-4 suits LoRA at 7 billion parameters; smaller models bear more, about with the cube root. LoRA bears ten times what full tuning does.
        var lora = Math.Clamp(LoraAtSevenBillion * Math.Cbrt(7e9 / parameters), Least, Most);
        return full ? (Round(lora / 10), $"a tenth of LoRA's at {size} parameters")
            : (Round(lora), $"2e-4 at 7 billion parameters, more for fewer by the cube root: here {size}");
    }

    private static string Millions(long parameters) => parameters < 1_000_000 ? $"{parameters / 1e3:0.#} thousand" : $"{parameters / 1e6:0.#} million";

    /// <summary>Two significant digits: the rule is no more exact than that.</summary>
    private static double Round(double rate)
    {
        var unit = Math.Pow(10, Math.Floor(Math.Log10(rate)) - 1);
        return double.Parse($"{Math.Round(rate / unit) * unit:G2}");
    }
}
