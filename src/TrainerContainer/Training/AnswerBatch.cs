using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Objectives;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>Answers, whose log-probabilities a loss is a function of.</summary>
/// <param name="Texts">Questions with their answers; the answers' tokens are the supervised ones.</param>
/// <param name="Examples">Pairs, or answers that are learned one by one.</param>
/// <param name="SupervisedTokens">Those that a loss is averaged over: of pairs the chosen answers', else all answers'.</param>
public sealed record AnswerBatch(TokenBatch Texts, int Examples, int SupervisedTokens) : IBatch
{
    public int Tokens => Texts.Tokens;

    /// <summary>Sums of log-probabilities of the answers under the reference, (S), float32; null without one.</summary>
    public Tensor? Reference { get; init; }

    /// <summary>What is known of each answer: 1 or 0 for good or bad, or an advantage; (S), float32.</summary>
    public Tensor? Worth { get; init; }

    /// <summary>Of reinforcement: what the grader gave each answer.</summary>
    public IReadOnlyList<double>? Rewards { get; init; }

    /// <summary>Log-probabilities of the tokens under the reference, (M), float32; null without one.</summary>
    public Tensor? ReferenceByToken { get; init; }

    /// <summary>KTO: distance of the policy from the reference on answers to other questions.</summary>
    public double Distance { get; init; }

    /// <summary>Log-probabilities of the answers' tokens, without a graph.</summary>
    /// <param name="hidden">(N, C).</param>
    public CompletionLogProbabilities LogProbabilities(LanguageHead head, Tensor hidden) =>
        new(TokenLoss.LogProbabilities(head, hidden.detach().index_select(0, Texts.Predicting), Texts.Targets), Texts.Owners, Texts.Counts);

    public void Dispose()
    {
        Texts.Dispose();
        Reference?.Dispose();
        ReferenceByToken?.Dispose();
        Worth?.Dispose();
    }
}

/// <summary>Forward and backward of a loss that is a function of answers' log-probabilities.</summary>
internal static class AnswerPass
{
    /// <param name="loss">Of log-probabilities that are leaves of a graph: a number to run backward, and what to tell of it.</param>
    public static Score Backward(TrainingPass pass, LanguageHead head, AnswerBatch batch, Func<CompletionLogProbabilities, (Tensor Loss, Score Score)> loss, long dropoutSeed) =>
        pass.Run(batch.Texts.Input, hidden =>
        {
            var told = batch.LogProbabilities(head, hidden);
            var policy = told.With(told.Tokens.requires_grad_());
            var (number, score) = loss(policy);
            number.backward();
            TokenLoss.Backward(head, hidden.index_select(0, batch.Texts.Predicting), batch.Texts.Targets, policy.Tokens.grad!);
            return score;
        }, dropoutSeed);
}
