using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Objectives;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>Of two answers to a question the better one: DPO and its kin, ORPO, SimPO. Every pair of a step weighs the same.</summary>
/// <param name="reference">Null for losses without one.</param>
public sealed class PreferenceObjective(Trainee trainee, TrainingPlan plan, PreferencePlan preference, ReferenceAnswers? reference) : Objective<AnswerBatch>(trainee, plan)
{
    private readonly TrainingPass pass = new(trainee.Text, trainee.Adapter, plan.Recompute, plan.NeftuneAlpha);

    /// <summary>The P chosen answers, then the P rejected.</summary>
    protected override AnswerBatch Make(TokenSplit data, IReadOnlyList<int> examples, int step)
    {
        int[] sequences = [.. Enumerable.Range(0, 2).SelectMany(side => examples.Select(example => data.Sequences(example).ElementAt(side)))];
        var texts = new TokenBatch();
        foreach (var sequence in sequences)
        {
            texts.Add(data.Ids(sequence), data.Labels(sequence));
        }

        var known = reference?.Of(data);
        var chosenTokens = sequences[..examples.Count].Sum(sequence => data.Labels(sequence).ToArray().Count(label => label >= 0));
        return new(texts.Build(Trainee.Model.Compute, Trainee.Device), examples.Count, chosenTokens)
        {
            Reference = known is null ? null : tensor(sequences.Select(sequence => known[sequence]).ToArray(), dtype: ScalarType.Float32, device: Trainee.Device).DetachFromDisposeScope(),
        };
    }

    protected override Score Backward(AnswerBatch batch, StepTotals totals, long dropoutSeed) => AnswerPass.Backward(pass, Trainee.Text.Language, batch, policy =>
    {
        var (pairs, chosen) = (Losses(policy, batch), ChosenLoss(policy, batch));
        var loss = pairs.sum() / totals.Examples;
        return chosen is null ? (loss, ScoreOf(policy, pairs, batch, 0))
            : (loss + chosen / totals.SupervisedTokens, ScoreOf(policy, pairs, batch, chosen.item<float>() * (double)totals.Examples / totals.SupervisedTokens));
    }, dropoutSeed);

    protected override Score Measure(AnswerBatch batch)
    {
        var policy = batch.LogProbabilities(Trainee.Text.Language, Trainee.Text.Hidden(batch.Texts.Input));
        var own = ChosenLoss(policy, batch)?.item<float>() ?? 0;
        return ScoreOf(policy, Losses(policy, batch), batch, own * batch.Examples / Math.Max(1, batch.SupervisedTokens));
    }

    /// <returns>(P).</returns>
    private Tensor Losses(CompletionLogProbabilities policy, AnswerBatch batch) => preference.Loss switch
    {
        PreferenceLossType.Orpo => PreferenceLoss.OddsRatio(policy) * preference.Beta,
        PreferenceLossType.Simpo => PreferenceLoss.SimPo(policy, preference.Beta, preference.Gamma),
        _ => PreferenceLoss.Direct(policy, batch.Reference!, Kind, preference.Beta, preference.LabelSmoothing),
    };

    private PreferenceType Kind => preference.Loss switch
    {
        PreferenceLossType.Robust => PreferenceType.Robust,
        PreferenceLossType.Hinge => PreferenceType.Hinge,
        PreferenceLossType.Ipo => PreferenceType.Ipo,
        _ => PreferenceType.Sigmoid,
    };

    /// <summary>ORPO learns the chosen answers as well, all their tokens alike.</summary>
    private Tensor? ChosenLoss(CompletionLogProbabilities policy, AnswerBatch batch) =>
        preference.Loss == PreferenceLossType.Orpo ? -(policy.Tokens * policy.Answers.lt(batch.Examples).to(ScalarType.Float32)).sum() : null;

    /// <summary>Rewards as DPO defines them, β · (log π − log π_ref); without a reference β · log π of a token on average.</summary>
    private Score ScoreOf(CompletionLogProbabilities policy, Tensor losses, AnswerBatch batch, double chosenLoss)
    {
        using var nothing = no_grad();
        var rewards = (batch.Reference is { } known ? policy.Sums() - known : policy.Means()) * preference.Beta;         // (2·P)
        var margins = rewards.narrow(0, 0, batch.Examples) - rewards.narrow(0, batch.Examples, batch.Examples);          // (P)
        var right = margins.gt(0).sum().item<long>() + 0.5 * margins.eq(0).sum().item<long>(); // a tie is a coin
        return new(losses.sum().item<float>() + chosenLoss, batch.Examples, right, new Dictionary<string, double> { ["margin"] = margins.sum().item<float>() });
    }
}
