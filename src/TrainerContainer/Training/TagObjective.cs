using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Objectives;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>A label for each word, at its first token; every word of a step weighs the same.</summary>
public sealed class TagObjective(Trainee trainee, TrainingPlan plan) : Objective<TokenBatch>(trainee, plan)
{
    private readonly TrainingPass pass = new(trainee.Text, trainee.Adapter, plan.Recompute, plan.NeftuneAlpha, plan.Dropout);

    /// <summary>Told and right tags of some examples' words, in order.</summary>
    public (long[] Told, long[] Right) Tags(TokenSplit data, IReadOnlyList<int> examples)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        using var batch = Make(data, examples, step: -1);
        return ([.. Logits(Trainee.Text.Hidden(batch.Input), batch, batch.Input).argmax(-1).cpu().data<long>()], [.. batch.Targets.cpu().data<long>()]);
    }

    protected override TokenBatch Make(TokenSplit data, IReadOnlyList<int> examples, int step) =>
        TokenBatch.Of(data, examples, Trainee.Model.Compute, Trainee.Device, new(IsCausal: Trainee.Model.Config.Encoder is null, IsShifted: false));

    protected override Score Backward(TokenBatch batch, StepTotals totals, long dropoutSeed) => pass.Run(batch.Input, (hidden, input) =>
    {
        var logits = Logits(hidden, batch, input);
        var loss = LabelLoss.Of(logits, batch.Targets, ProblemType.SingleLabel, Plan.LabelSmoothing);
        (loss * ((double)batch.SupervisedTokens / totals.SupervisedTokens)).backward();
        return ScoreOf(loss, logits, batch);
    }, dropoutSeed);

    protected override Score Measure(TokenBatch batch)
    {
        var logits = Logits(Trainee.Text.Hidden(batch.Input), batch, batch.Input);
        return batch.SupervisedTokens == 0 ? Score.None : ScoreOf(LabelLoss.Of(logits, batch.Targets, ProblemType.SingleLabel), logits, batch);
    }

    /// <returns>(M, labels), float32: of the labelled tokens.</returns>
    private Tensor Logits(Tensor hidden, TokenBatch batch, TokenInput input) => ((ClassifierHead)Trainee.Text.Head).Logits(hidden.index_select(0, batch.Predicting), input);

    private static Score ScoreOf(Tensor loss, Tensor logits, TokenBatch batch) =>
        new(loss.item<float>() * (double)batch.SupervisedTokens, batch.SupervisedTokens, logits.argmax(-1).eq(batch.Targets).sum().item<long>());
}
