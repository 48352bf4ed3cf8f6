using System.Text.Json;
using System.Text.Json.Serialization;

namespace ServerlessTuning.Contracts;

/// <summary>How a model learns from rewards for its own answers (GRPO: Shao et al. 2024, arXiv:2402.03300). Names of losses and options as in TRL.</summary>
/// <param name="Grader">Gives an answer its reward; OpenAI's graders and some more, docs/graders.md.</param>
/// <param name="Generations">Answers to each prompt, compared with each other; null is auto.</param>
/// <param name="MaxAnswerTokens">Longest answer; null is auto.</param>
/// <param name="Temperature">Of sampling, above 0.</param>
/// <param name="TopP">Of sampling.</param>
/// <param name="Beta">Weight of the distance from the base; 0 for none.</param>
/// <param name="Loss">How the losses of tokens are averaged.</param>
/// <param name="Importance">One probability ratio a token, or one an answer (GSPO, arXiv:2507.18071).</param>
/// <param name="Epsilon">A ratio does not fall below 1 − ε.</param>
/// <param name="EpsilonHigh">A ratio does not rise above 1 + this; null means <paramref name="Epsilon"/>.</param>
/// <param name="ScaleRewards">What advantages are divided by.</param>
public sealed record ReinforcementRequest(
    JsonElement? Grader = null,
    [property: JsonConverter(typeof(AutoConverter<int>))] int? Generations = null,
    [property: JsonConverter(typeof(AutoConverter<int>))] int? MaxAnswerTokens = null,
    double Temperature = 1,
    double TopP = 1,
    double Beta = 0,
    PolicyAverage Loss = PolicyAverage.Dapo,
    ImportanceLevel Importance = ImportanceLevel.Token,
    double Epsilon = 0.2,
    double? EpsilonHigh = null,
    RewardScale ScaleRewards = RewardScale.Group);

/// <summary>A <see cref="ReinforcementRequest"/> with nothing left open.</summary>
public sealed record ReinforcementPlan(
    JsonElement Grader, int Generations, int MaxAnswerTokens, double Temperature, double TopP, double Beta, PolicyAverage Loss, ImportanceLevel Importance,
    double Epsilon, double EpsilonHigh, RewardScale ScaleRewards);

/// <summary>How the losses of tokens are averaged.</summary>
public enum PolicyAverage
{
    /// <summary>Over each answer, then over the answers. Shao et al. 2024, arXiv:2402.03300.</summary>
    Grpo,

    /// <summary>Over all tokens of the batch.</summary>
    Bnpo,

    /// <summary>Over all tokens of the whole step. Yu et al. 2025, arXiv:2503.14476.</summary>
    Dapo,

    /// <summary>By the longest answer there may be: length has no say. Liu et al. 2025, arXiv:2503.20783.</summary>
    DrGrpo,
}

/// <summary>What rewards are divided by.</summary>
public enum RewardScale
{
    /// <summary>The deviation among the answers to one prompt.</summary>
    Group,

    /// <summary>The deviation of the whole batch.</summary>
    Batch,
    None,
}

public enum ImportanceLevel
{
    Token,
    Sequence,
}
