using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Objectives;

namespace ServerlessTuning.Trainer.Training;

/// <summary>
/// Hidden tokens, told from both sides. Of the tokens that are drawn, 80 % become the mask, 10 % another token, 10 % stay. Source: Devlin et al. 2018, arXiv:1810.04805,
/// appendix A.1; which ones is drawn anew in each step (Liu et al. 2019, arXiv:1907.11692, section 4.1).
/// </summary>
/// <param name="maskId">The tokenizer's mask.</param>
public sealed class MaskedTokenObjective(Trainee trainee, TrainingPlan plan, int seed, int maskId) : Objective<TokenBatch>(trainee, plan)
{
    private const double Masked = 0.8, Replaced = 0.9;
    private readonly TrainingPass pass = new(trainee.Text, trainee.Adapter, plan.Recompute, plan.NeftuneAlpha, plan.Dropout);

    protected override TokenBatch Make(TokenSplit data, IReadOnlyList<int> examples, int step)
    {
        var batch = new TokenBatch(new(IsCausal: false, IsShifted: false));
        foreach (var example in examples)
        {
            var (ids, labels) = (data.Ids(example).ToArray(), data.Labels(example).ToArray());
            Hide(ids, labels, new Random((int)RandomSeeds.For(seed, step, example, 0, "mask")));
            batch.Add(ids, labels);
        }

        return batch.Build(Trainee.Model.Compute, Trainee.Device);
    }

    protected override Score Backward(TokenBatch batch, StepTotals totals, long dropoutSeed) => pass.Run(batch, 1.0 / totals.SupervisedTokens, dropoutSeed, Plan.LabelSmoothing);

    protected override Score Measure(TokenBatch batch) =>
        TokenLoss.Measure(Trainee.Text.Language, Trainee.Text.Hidden(batch.Input).index_select(0, batch.Predicting), batch.Targets);

    /// <summary>At least one token is hidden of every sequence that has any; labels of the others are taken away.</summary>
    private void Hide(int[] ids, int[] labels, Random random)
    {
        int[] places = [.. Enumerable.Range(0, ids.Length).Where(i => labels[i] >= 0)];
        random.Shuffle(places);
        var hidden = places[..Math.Min(places.Length, Math.Max(1, (int)Math.Round(places.Length * Plan.MaskRatio)))];
        foreach (var place in places[hidden.Length..])
        {
            labels[place] = -100;
        }

        foreach (var place in hidden)
        {
            var fate = random.NextDouble();
            ids[place] = fate < Masked ? maskId : fate < Replaced ? random.Next(Trainee.Model.Config.VocabSize) : ids[place];
        }
    }
}
