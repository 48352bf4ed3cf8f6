using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ServerlessTuning.Trainer.Objectives;

/// <summary>What is made of the difference between a chosen and a rejected answer.</summary>
public enum PreferenceType
{
    /// <summary>−log σ(β·d), smoothed by ε. Rafailov et al. 2023, arXiv:2305.18290; conservative form: Mitchell 2023.</summary>
    Sigmoid,

    /// <summary>The sigmoid loss without the bias that wrong labels give it. Chowdhury et al. 2024, arXiv:2403.00409.</summary>
    Robust,

    /// <summary>max(0, 1 − β·d). Zhao et al. 2023, arXiv:2305.10425.</summary>
    Hinge,

    /// <summary>(d − 1 / (2·β))² of averages over tokens. Azar et al. 2023, arXiv:2310.12036, with TRL's averages.</summary>
    Ipo,

    /// <summary>The same of sums over tokens, as the paper has it.</summary>
    IpoSum,
}

/// <summary>Losses of pairs of answers to the same prompt, each pair by itself; names and forms as in TRL.</summary>
public static class PreferenceLoss
{
    /// <summary>d = (chosen − rejected) under the policy, less the same under the reference.</summary>
    /// <param name="policy">2·P answers: P chosen ones, then the P rejected.</param>
    /// <param name="reference">Log-probability of each whole answer under the reference, (2·P).</param>
    /// <param name="smoothing">ε: share of the labels that may be wrong.</param>
    /// <returns>(P).</returns>
    public static Tensor Direct(CompletionLogProbabilities policy, Tensor reference, PreferenceType type, double beta, double smoothing = 0)
    {
        var d = type == PreferenceType.Ipo ? Difference((policy.Sums() - reference) / policy.Counts) : Difference(policy.Sums() - reference);
        return type switch
        {
            PreferenceType.Sigmoid => -(functional.logsigmoid(d * beta) * (1 - smoothing)) - functional.logsigmoid(d * -beta) * smoothing,
            PreferenceType.Robust => (-(functional.logsigmoid(d * beta) * (1 - smoothing)) + functional.logsigmoid(d * -beta) * smoothing) / (1 - 2 * smoothing),
            PreferenceType.Hinge => functional.relu(1 - d * beta),
            _ => (d - 1 / (2 * beta)).square(),
        };
    }

    /// <summary>No reference: averages over tokens, with a margin. Meng et al. 2024, arXiv:2405.14734.</summary>
    /// <param name="gamma">Margin, in the units of β · log-probability.</param>
    /// <returns>(P).</returns>
    public static Tensor SimPo(CompletionLogProbabilities policy, double beta, double gamma) => -functional.logsigmoid(Difference(policy.Means()) * beta - gamma);

    /// <summary>Log of the odds ratio, to be added to the chosen answers' own loss. Hong et al. 2024, arXiv:2403.07691.</summary>
    /// <returns>−log σ(log odds(chosen) − log odds(rejected)), (P).</returns>
    public static Tensor OddsRatio(CompletionLogProbabilities policy)
    {
        var mean = policy.Means();
        var logOdds = mean - (1 - mean.exp()).log();                              // (2·P)
        return -functional.logsigmoid(Difference(logOdds));
    }

    /// <summary>A score each answer: the chosen one's should be higher. Bradley and Terry 1952.</summary>
    /// <param name="scores">(2·P): chosen ones, then rejected.</param>
    /// <returns>(P).</returns>
    public static Tensor Reward(Tensor scores, double margin = 0) => -functional.logsigmoid(Difference(scores) - margin);

    /// <summary>
    /// Answers judged one by one. Ethayarajh et al. 2024, arXiv:2402.01306: with r = log π/π_ref and z the policy's distance from the reference on mismatched
    /// pairs, a good answer loses 1 − σ(β·(r − z)), a bad one 1 − σ(β·(z − r)).
    /// </summary>
    /// <param name="reference">Log-probability of each whole answer under the reference, (S).</param>
    /// <param name="distance">z, from <see cref="Distance"/>.</param>
    /// <param name="isDesirable">(S), float32: 1 or 0.</param>
    /// <returns>(S).</returns>
    public static Tensor Kto(CompletionLogProbabilities policy, Tensor reference, double distance, Tensor isDesirable, double beta, double desirableWeight = 1, double undesirableWeight = 1)
    {
        var advantage = (policy.Sums() - reference - distance) * beta;            // (S)
        return (1 - advantage.sigmoid()) * desirableWeight * isDesirable + (1 - (-advantage).sigmoid()) * undesirableWeight * (1 - isDesirable);
    }

    /// <summary>z: the mean of log π − log π_ref over answers that belong to other questions, at least 0.</summary>
    /// <param name="mismatched">Log-probability of each under the policy, (S).</param>
    /// <param name="reference">The same under the reference.</param>
    public static double Distance(Tensor mismatched, Tensor reference) => Math.Max(0, (mismatched - reference).mean().item<float>());

    private static Tensor Difference(Tensor both)
    {
        var pairs = both.shape[0] / 2;
        return both.narrow(0, 0, pairs) - both.narrow(0, pairs, pairs);
    }
}
