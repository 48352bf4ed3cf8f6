using ServerlessTuning.Contracts;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Objectives;

/// <param name="Beta">Weight of the distance from the reference; 0 for none.</param>
/// <param name="EpsilonLow">A ratio below 1 − this does not fall further.</param>
/// <param name="EpsilonHigh">A ratio above 1 + this does not rise further.</param>
/// <param name="BySequence">One ratio an answer, its tokens' geometric mean (GSPO: Zheng et al. 2025, arXiv:2507.18071).</param>
/// <param name="LongestAnswer">Tokens, for <see cref="PolicyAverage.DrGrpo"/>.</param>
public sealed record PolicyOptions(PolicyAverage Average, double Beta, double EpsilonLow, double EpsilonHigh, bool BySequence, int LongestAnswer);

/// <summary>Answers are made likelier by how much better they were than their neighbours. Forms and names as in TRL's GRPO.</summary>
public static class PolicyLoss
{
    /// <summary>TRL keeps a deviation of zero from dividing.</summary>
    private const double Epsilon = 1e-4;

    /// <param name="rewards">(S), the G answers to a prompt one after the other.</param>
    /// <param name="perPrompt">G.</param>
    /// <returns>(S): reward less the mean of its group, over the deviation (unbiased).</returns>
    public static Tensor Advantages(Tensor rewards, int perPrompt, RewardScale scale)
    {
        var groups = rewards.view(-1, perPrompt);                                 // (P, G)
        var centred = groups - groups.mean([1L], keepdim: true);
        var deviation = scale switch
        {
            RewardScale.Group => (centred.square().sum([1L], keepdim: true) / Math.Max(1, perPrompt - 1)).sqrt(),
            RewardScale.Batch => ((rewards - rewards.mean()).square().sum() / Math.Max(1, rewards.shape[0] - 1)).sqrt(),
            _ => null,
        };
        return (deviation is null ? centred : centred / (deviation + Epsilon)).flatten();
    }

    /// <param name="policy">With a graph.</param>
    /// <param name="old">The tokens' log-probabilities when they were drawn, (M).</param>
    /// <param name="reference">Under the reference, (M); null when β is 0.</param>
    /// <param name="advantages">(S).</param>
    /// <returns>A loss a token, (M): max of the plain and the clipped ratio's, plus β · distance.</returns>
    public static Tensor ByToken(CompletionLogProbabilities policy, Tensor old, Tensor? reference, Tensor advantages, PolicyOptions options)
    {
        var ratio = Ratios(policy, old, options).exp();
        var advantage = policy.ByToken(advantages);                               // (M)
        var clipped = ratio.clamp(1 - options.EpsilonLow, 1 + options.EpsilonHigh);
        var loss = -(ratio * advantage).minimum(clipped * advantage);
        return options.Beta == 0 ? loss : loss + Distance(policy.Tokens, reference!) * options.Beta;
    }

    /// <param name="byToken">(M), from <see cref="ByToken"/>.</param>
    /// <param name="tokens">Answered tokens that share the mean: those of the whole optimizer step.</param>
    /// <param name="answers">Answers that share it.</param>
    public static Tensor Mean(CompletionLogProbabilities policy, Tensor byToken, PolicyOptions options, long tokens, long answers) => options.Average switch
    {
        PolicyAverage.Grpo => (policy.SumByAnswer(byToken) / policy.Counts).sum() / Math.Max(1, answers),
        PolicyAverage.Bnpo or PolicyAverage.Dapo => byToken.sum() / Math.Max(1, tokens),
        _ => byToken.sum() / (answers * (double)options.LongestAnswer),
    };

    /// <summary>exp(d) − d − 1 with d = log π_ref − log π: never negative, right on average (Schulman 2020, "k3").</summary>
    public static Tensor Distance(Tensor policy, Tensor reference)
    {
        var d = reference - policy;
        return d.exp() - d - 1;
    }

    private static Tensor Ratios(CompletionLogProbabilities policy, Tensor old, PolicyOptions options)
    {
        var byToken = policy.Tokens - old;                                        // (M)
        return options.BySequence ? policy.ByToken(policy.SumByAnswer(byToken) / policy.Counts) : byToken;
    }
}
