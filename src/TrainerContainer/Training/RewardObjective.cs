using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Objectives;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>A model that judges: of two answers to a question the better one gets the higher number. Every pair of a step weighs the same.</summary>
public sealed class RewardObjective(Trainee trainee, TrainingPlan plan) : Objective<AnswerBatch>(trainee, plan)
{
    private readonly TrainingPass pass = new(trainee.Text, trainee.Adapter, plan.Recompute, plan.NeftuneAlpha);

    /// <summary>Chosen and rejected of each pair, side by side.</summary>
    protected override AnswerBatch Make(TokenSplit data, IReadOnlyList<int> examples, int step)
    {
        var form = new BatchForm(IsCausal: Trainee.Model.Config.Encoder is null, IsShifted: false);
        return new(TokenBatch.Of(data, examples, Trainee.Model.Compute, Trainee.Device, form), examples.Count, 0);
    }

    protected override Score Backward(AnswerBatch batch, StepTotals totals, long dropoutSeed) => pass.Run(batch.Texts.Input, hidden =>
    {
        var scores = Scores(hidden, batch);
        var losses = PreferenceLoss.Reward(scores);
        (losses.sum() / totals.Examples).backward();
        return ScoreOf(losses, scores, batch);
    }, dropoutSeed);

    protected override Score Measure(AnswerBatch batch)
    {
        var scores = Scores(Trainee.Text.Hidden(batch.Texts.Input), batch);
        return ScoreOf(PreferenceLoss.Reward(scores), scores, batch);
    }

    /// <returns>(2·P): the chosen ones, then the rejected.</returns>
    private Tensor Scores(Tensor hidden, AnswerBatch batch) =>
        ((ClassifierHead)Trainee.Text.Head).Logits(hidden, batch.Texts.Input).view(batch.Examples, 2).t().reshape(-1);

    private static Score ScoreOf(Tensor losses, Tensor scores, AnswerBatch batch)
    {
        using var nothing = no_grad();
        var margins = scores.narrow(0, 0, batch.Examples) - scores.narrow(0, batch.Examples, batch.Examples);
        var right = margins.gt(0).sum().item<long>() + 0.5 * margins.eq(0).sum().item<long>();
        return new(losses.sum().item<float>(), batch.Examples, right, new Dictionary<string, double> { ["margin"] = margins.sum().item<float>() });
    }
}
