using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Objectives;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>Texts, and what is learned of each: classes (S), int64; or numbers (S, labels), float32.</summary>
public sealed record LabeledBatch(TokenBatch Texts, Tensor Labels) : IBatch
{
    public int Tokens => Texts.Tokens;

    public int SupervisedTokens => 0;

    public int Examples => Texts.Examples;

    public void Dispose()
    {
        Texts.Dispose();
        Labels.Dispose();
    }
}

/// <summary>A label for each text; every text of a step weighs the same.</summary>
public sealed class ClassificationObjective(Trainee trainee, TrainingPlan plan, ProblemType problem) : Objective<LabeledBatch>(trainee, plan)
{
    private readonly TrainingPass pass = new(trainee.Text, trainee.Adapter, plan.Recompute, plan.NeftuneAlpha, plan.Dropout);

    private ClassifierHead Head => (ClassifierHead)Trainee.Text.Head;

    /// <returns>What the head says of some texts, (S, labels), float32; without a graph.</returns>
    public Tensor Logits(TokenSplit data, IReadOnlyList<int> examples)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        using var batch = Make(data, examples, step: -1);
        return Head.Logits(Trainee.Text.Hidden(batch.Texts.Input), batch.Texts.Input).cpu().MoveToOuterDisposeScope();
    }

    /// <param name="ids">One text with its special tokens.</param>
    /// <returns>A number a label.</returns>
    public float[] Logits(int[] ids)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        var text = new TokenBatch(new(IsCausal: Trainee.Model.Config.Encoder is null, IsShifted: false));
        var cut = ids[..Math.Min(ids.Length, Plan.ContextLength)];
        text.Add(cut, [.. cut.Select(_ => -100)]);
        using var batch = text.Build(Trainee.Model.Compute, Trainee.Device);
        return [.. Head.Logits(Trainee.Text.Hidden(batch.Input), batch.Input).cpu().data<float>()];
    }

    protected override LabeledBatch Make(TokenSplit data, IReadOnlyList<int> examples, int step)
    {
        var form = new BatchForm(IsCausal: Trainee.Model.Config.Encoder is null, IsShifted: false);
        return new(TokenBatch.Of(data, examples, Trainee.Model.Compute, Trainee.Device, form), Labels([.. examples.SelectMany(data.Targets)], examples.Count).DetachFromDisposeScope());
    }

    protected override Score Backward(LabeledBatch batch, StepTotals totals, long dropoutSeed) => pass.Run(batch.Texts.Input, (hidden, input) =>
    {
        var logits = Head.Logits(hidden, input);
        var loss = LabelLoss.Of(logits, batch.Labels, problem, Plan.LabelSmoothing);
        (loss * ((double)batch.Examples / totals.Examples)).backward();
        return ScoreOf(loss, logits, batch);
    }, dropoutSeed);

    protected override Score Measure(LabeledBatch batch)
    {
        var logits = Head.Logits(Trainee.Text.Hidden(batch.Texts.Input), batch.Texts.Input);
        return ScoreOf(LabelLoss.Of(logits, batch.Labels, problem), logits, batch);
    }

    private Tensor Labels(float[] values, int count)
    {
        var labels = tensor(values, dtype: ScalarType.Float32, device: Trainee.Device);
        return problem == ProblemType.SingleLabel ? labels.to(ScalarType.Int64) : labels.view(count, -1);
    }

    private Score ScoreOf(Tensor loss, Tensor logits, LabeledBatch batch)
    {
        using var nothing = no_grad();
        var right = problem switch
        {
            ProblemType.SingleLabel => logits.argmax(-1).eq(batch.Labels).sum().item<long>(),
            ProblemType.MultiLabel => logits.gt(0).eq(batch.Labels.gt(0)).to(ScalarType.Float32).mean([-1L]).sum().item<float>(),
            _ => 0.0,
        };
        return new(loss.item<float>() * (double)batch.Examples, batch.Examples, right);
    }
}
