using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Generation;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Objectives;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>Gives answers their rewards.</summary>
public interface IRewards
{
    /// <param name="prompts">Of which example of the split each answer is one.</param>
    /// <param name="answers">Tokens, without the one that ended them.</param>
    IReadOnlyList<double> Of(TokenSplit split, IReadOnlyList<int> prompts, IReadOnlyList<IReadOnlyList<int>> answers, CancellationToken stop);
}

/// <summary>
/// The model answers each prompt several times and learns what was better than its own average: GRPO. Source: Shao et al. 2024, arXiv:2402.03300; one update an answer, so that the
/// policy that answers is the policy that learns. Answers are a function of seed, step and weights alone.
/// </summary>
public sealed class ReinforcementObjective(
    Trainee trainee, TrainingPlan plan, ReinforcementPlan reinforcement, int seed, IRewards rewards, IReadOnlySet<int> stopIds) : Objective<AnswerBatch>(trainee, plan)
{
    private readonly TrainingPass pass = new(trainee.Text, trainee.Adapter, plan.Recompute, plan.NeftuneAlpha);

    private readonly PolicyOptions options = new(
        reinforcement.Loss, reinforcement.Beta, reinforcement.Epsilon, reinforcement.EpsilonHigh, reinforcement.Importance == ImportanceLevel.Sequence, reinforcement.MaxAnswerTokens);

    private TextModel Model => Trainee.Text;

    public override IReadOnlyList<IBatch> Prepare(TokenSplit data, IReadOnlyList<int[]> rows, int step, CancellationToken stop)
    {
        int[] prompts = [.. rows.SelectMany(row => row).SelectMany(prompt => Enumerable.Repeat(prompt, reinforcement.Generations))];
        var answers = prompts.Chunk(AtOnce).SelectMany((chunk, i) => Answer(data, chunk, Sampling(step, firstRow: i * AtOnce), stop)).ToList();
        var given = rewards.Of(data, prompts, [.. answers.Select(Text)], stop);
        using var all = tensor(given.Select(reward => (float)reward).ToArray(), dtype: ScalarType.Float32);
        using var worths = PolicyLoss.Advantages(all, reinforcement.Generations, reinforcement.ScaleRewards);
        float[] worth = [.. worths.data<float>()];
        return [.. Enumerable.Range(0, prompts.Length).Chunk(AtOnce).Select(chunk => (IBatch)Batch(data, chunk, prompts, answers, given, worth))];
    }

    protected override AnswerBatch Make(TokenSplit data, IReadOnlyList<int> examples, int step)
    {
        var answers = Answer(data, [.. examples], Likeliest, CancellationToken.None);
        var given = rewards.Of(data, [.. examples], [.. answers.Select(Text)], CancellationToken.None);
        return Batch(data, [.. Enumerable.Range(0, examples.Count)], [.. examples], answers, given, worth: null);
    }

    protected override Score Backward(AnswerBatch batch, StepTotals totals, long dropoutSeed) => AnswerPass.Backward(pass, Model.Language, batch, policy =>
    {
        var byToken = PolicyLoss.ByToken(policy, policy.Tokens.detach(), batch.ReferenceByToken, batch.Worth!, options);
        var loss = PolicyLoss.Mean(policy, byToken, options, totals.SupervisedTokens, totals.Examples);
        return (loss, ScoreOf(batch, loss.item<float>() * (double)totals.Examples));
    }, dropoutSeed);

    /// <summary>Held out, the reward is what counts; the loss is what is missing to a reward of 1.</summary>
    protected override Score Measure(AnswerBatch batch)
    {
        var score = ScoreOf(batch, 0);
        return score with { Sum = score.Count - score.Details!["reward"] };
    }

    private int AtOnce => Math.Max(1, Plan.MicroBatchRows) * reinforcement.Generations;

    private GenerationOptions Likeliest => new(reinforcement.MaxAnswerTokens, stopIds) { KeepsStop = true };

    /// <summary>What is drawn depends on an answer's place in the step, not on how many are answered at once.</summary>
    private GenerationOptions Sampling(int step, int firstRow) =>
        Likeliest with { Temperature = reinforcement.Temperature, TopP = reinforcement.TopP, Seed = (int)RandomSeeds.For(seed, step, 0, 0, "answers"), FirstRow = firstRow };

    /// <summary>Answers with the token that ended each, which is learned too: the model must learn to stop.</summary>
    private IReadOnlyList<List<int>> Answer(TokenSplit data, IReadOnlyList<int> prompts, GenerationOptions options, CancellationToken stop)
    {
        Trainee.Dropping(null);
        return Continuation.Of(Model, [.. prompts.Select(prompt => data.Ids(prompt).ToArray())], options, stop);
    }

    private IReadOnlyList<int> Text(List<int> answer) => answer is [.. var said, var last] && stopIds.Contains(last) ? said : answer;

    /// <param name="worth">Null outside training.</param>
    private AnswerBatch Batch(TokenSplit data, int[] chunk, int[] prompts, IReadOnlyList<List<int>> answers, IReadOnlyList<double> given, float[]? worth)
    {
        var texts = new TokenBatch();
        foreach (var i in chunk)
        {
            var prompt = data.Ids(prompts[i]);
            texts.Add([.. prompt, .. answers[i]], [.. Enumerable.Repeat(-100, prompt.Length), .. answers[i]]);
        }

        texts.Build(Model.Compute, Model.Device);
        return new(texts, chunk.Length, texts.SupervisedTokens)
        {
            Worth = worth is null ? null : tensor(chunk.Select(i => worth[i]).ToArray(), dtype: ScalarType.Float32, device: Model.Device).DetachFromDisposeScope(),
            ReferenceByToken = reinforcement.Beta == 0 || worth is null ? null : Reference(texts).DetachFromDisposeScope(),
            Rewards = [.. chunk.Select(i => given[i])],
        };
    }

    /// <summary>What the base says of the answers: the model with its adapter switched off.</summary>
    private Tensor Reference(TokenBatch texts)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        Trainee.Adapter!.Enabled = false;
        var hidden = Model.Hidden(texts.Input).index_select(0, texts.Predicting);
        Trainee.Adapter.Enabled = true;
        return TokenLoss.LogProbabilities(Model.Language, hidden, texts.Targets).MoveToOuterDisposeScope();
    }

    private static Score ScoreOf(AnswerBatch batch, double loss)
    {
        var given = batch.Rewards!;
        return new(loss, batch.Examples, given.Sum(), new Dictionary<string, double>
        {
            ["reward"] = given.Sum(),
            ["rewardSquared"] = given.Sum(reward => reward * reward),
            ["answerTokens"] = batch.Texts.SupervisedTokens,
        });
    }
}
