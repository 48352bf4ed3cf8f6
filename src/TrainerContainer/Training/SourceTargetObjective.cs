using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Models.Families;
using ServerlessTuning.Trainer.Objectives;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>Sources and their targets.</summary>
public sealed record SourceTargetBatch(TokenBatch Sources, TokenBatch Targets, CrossAttention Across) : IBatch
{
    public int Tokens => Sources.Tokens + Targets.Tokens;

    public int SupervisedTokens => Targets.SupervisedTokens;

    public int Examples => Targets.Examples;

    /// <returns>(M, C): the hidden states that tell the supervised tokens.</returns>
    public Tensor Hidden(T5 model, HiddenDropout? dropout = null) =>
        model.Decode(Targets.Input with { Dropout = dropout }, model.Encode(Sources.Input with { Dropout = dropout }), Across).index_select(0, Targets.Predicting);

    public static SourceTargetBatch Of(TokenSplit data, IEnumerable<int> examples, ScalarType compute, Device device)
    {
        var (sources, targets) = (new TokenBatch(new(IsCausal: false, IsShifted: false)), new TokenBatch());
        var (sourceLengths, targetLengths) = (new List<int>(), new List<int>());
        foreach (var pair in examples.Select(data.Sequences).Select(pair => pair.ToList()))
        {
            sources.Add(data.Ids(pair[0]), data.Labels(pair[0]));
            targets.Add(data.Ids(pair[1]), data.Labels(pair[1]));
            sourceLengths.Add(data.Ids(pair[0]).Length);
            targetLengths.Add(data.Ids(pair[1]).Length);
        }

        return new(sources.Build(compute, device), targets.Build(compute, device), new(targetLengths, sourceLengths, compute, device));
    }

    public void Dispose()
    {
        Sources.Dispose();
        Targets.Dispose();
        Across.Dispose();
    }
}

/// <summary>A text from a text; every token of the targets weighs the same.</summary>
public sealed class SourceTargetObjective(Trainee trainee, TrainingPlan plan) : Objective<SourceTargetBatch>(trainee, plan)
{
    private T5 Model => (T5)Trainee.Model;

    protected override SourceTargetBatch Make(TokenSplit data, IReadOnlyList<int> examples, int step) => SourceTargetBatch.Of(data, examples, Model.Compute, Model.Device);

    protected override Score Backward(SourceTargetBatch batch, StepTotals totals, long dropoutSeed)
    {
        using var scope = NewDisposeScope();
        Trainee.Dropping(dropoutSeed);
        var score = TokenLoss.Backward(Model.Head, batch.Hidden(Model, Plan.Dropout == 0 ? null : new(Plan.Dropout, dropoutSeed)), batch.Targets.Targets, 1.0 / totals.SupervisedTokens, Plan.LabelSmoothing);
        Trainee.Dropping(null);
        return score;
    }

    protected override Score Measure(SourceTargetBatch batch) => TokenLoss.Measure(Model.Head, batch.Hidden(Model), batch.Targets.Targets);
}
