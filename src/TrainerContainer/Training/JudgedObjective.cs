using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Objectives;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>
/// Answers that were judged one by one: KTO. How far the policy is from the reference is measured, once a step, on answers that belong to another question: example i's question
/// with the answer of the next example in the dataset, so that it does not depend on how a step is cut.
/// </summary>
public sealed class JudgedObjective(Trainee trainee, TrainingPlan plan, PreferencePlan preference, ReferenceAnswers reference, IReadOnlyDictionary<TokenSplit, TokenSplit> mismatched)
    : Objective<AnswerBatch>(trainee, plan)
{
    private readonly TrainingPass pass = new(trainee.Text, trainee.Adapter, plan.Recompute, plan.NeftuneAlpha);
    private double distance;

    public override IReadOnlyList<IBatch> Prepare(TokenSplit data, IReadOnlyList<int[]> rows, int step, CancellationToken stop)
    {
        distance = Distance(data, [.. rows.SelectMany(row => row)]);
        return base.Prepare(data, rows, step, stop);
    }

    protected override AnswerBatch Make(TokenSplit data, IReadOnlyList<int> examples, int step)
    {
        var texts = TokenBatch.Of(data, examples, Trainee.Model.Compute, Trainee.Device);
        var known = reference.Of(data);
        return new(texts, examples.Count, texts.SupervisedTokens)
        {
            Reference = Floats(examples.Select(example => known[example])),
            Worth = Floats(examples.Select(example => data.Targets(example)[0])),
            Distance = step < 0 ? Distance(data, examples) : distance,
        };

        Tensor Floats(IEnumerable<float> values) => tensor(values.ToArray(), dtype: ScalarType.Float32, device: Trainee.Device).DetachFromDisposeScope();
    }

    protected override Score Backward(AnswerBatch batch, StepTotals totals, long dropoutSeed) => AnswerPass.Backward(pass, Trainee.Text.Language, batch, policy =>
    {
        var losses = Losses(policy, batch);
        return (losses.sum() / totals.Examples, ScoreOf(policy, losses, batch));
    }, dropoutSeed);

    protected override Score Measure(AnswerBatch batch)
    {
        var policy = batch.LogProbabilities(Trainee.Text.Language, Trainee.Text.Hidden(batch.Texts.Input));
        return ScoreOf(policy, Losses(policy, batch), batch);
    }

    private Tensor Losses(CompletionLogProbabilities policy, AnswerBatch batch) =>
        PreferenceLoss.Kto(policy, batch.Reference!, batch.Distance, batch.Worth!, preference.Beta, preference.DesirableWeight, preference.UndesirableWeight);

    private double Distance(TokenSplit data, IReadOnlyList<int> examples)
    {
        using var nothing = no_grad();
        var others = mismatched[data];
        var known = reference.Of(others);
        var sum = 0.0;
        foreach (var few in examples.Chunk(Math.Max(1, Plan.MicroBatchRows)))
        {
            using var scope = NewDisposeScope();
            var texts = TokenBatch.Of(others, few, Trainee.Model.Compute, Trainee.Device);
            using var batch = new AnswerBatch(texts, few.Length, texts.SupervisedTokens);
            var sums = batch.LogProbabilities(Trainee.Text.Language, Trainee.Text.Hidden(texts.Input)).Sums();
            sum += (sums - tensor(few.Select(example => known[example]).ToArray(), dtype: ScalarType.Float32, device: Trainee.Device)).sum().item<float>();
        }

        return Math.Max(0, sum / examples.Count);
    }

    /// <summary>Right is a good answer above, a bad one below the distance.</summary>
    private Score ScoreOf(CompletionLogProbabilities policy, Tensor losses, AnswerBatch batch)
    {
        using var nothing = no_grad();
        var rewards = (policy.Sums() - batch.Reference! - batch.Distance) * preference.Beta;
        var right = rewards.gt(0).eq(batch.Worth!.gt(0)).sum().item<long>();
        return new(losses.sum().item<float>(), batch.Examples, right, new Dictionary<string, double> { ["margin"] = (rewards * (batch.Worth! * 2 - 1)).sum().item<float>() });
    }
}
