using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Objectives;

namespace ServerlessTuning.Trainer.Training;

/// <summary>Every supervised token of a step weighs the same: supervised fine-tuning and pretraining of decoders.</summary>
public sealed class NextTokenObjective(Trainee trainee, TrainingPlan plan) : Objective<TokenBatch>(trainee, plan)
{
    private readonly TrainingPass pass = new(trainee.Text, trainee.Adapter, plan.Recompute, plan.NeftuneAlpha, plan.Dropout);

    protected override TokenBatch Make(TokenSplit data, IReadOnlyList<int> examples, int step) => TokenBatch.Of(data, examples, Trainee.Model.Compute, Trainee.Device);

    protected override Score Backward(TokenBatch batch, StepTotals totals, long dropoutSeed) => pass.Run(batch, 1.0 / totals.SupervisedTokens, dropoutSeed, Plan.LabelSmoothing);

    protected override Score Measure(TokenBatch batch) =>
        batch.SupervisedTokens == 0 ? Score.None : TokenLoss.Measure(Trainee.Text.Language, Trainee.Text.Hidden(batch.Input).index_select(0, batch.Predicting), batch.Targets);
}
