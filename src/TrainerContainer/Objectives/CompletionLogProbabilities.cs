using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Objectives;

/// <summary>Log-probabilities of the tokens of several answers: what preference and reinforcement losses are functions of.</summary>
/// <param name="Tokens">(M), float32: one a token, all answers one after the other.</param>
/// <param name="Answers">(M), int64: which answer each token belongs to, counted from 0.</param>
/// <param name="Counts">(S), float32: tokens of each answer.</param>
public sealed record CompletionLogProbabilities(Tensor Tokens, Tensor Answers, Tensor Counts)
{
    /// <returns>(S): of each whole answer.</returns>
    public Tensor Sums() => SumByAnswer(Tokens);

    /// <returns>(S): of each answer's tokens on average.</returns>
    public Tensor Means() => Sums() / Counts;

    /// <param name="values">(M).</param>
    /// <returns>(S).</returns>
    public Tensor SumByAnswer(Tensor values) => zeros_like(Counts).index_add(0, Answers, values, 1);

    /// <param name="values">(S).</param>
    /// <returns>(M): each token's answer's value.</returns>
    public Tensor ByToken(Tensor values) => values.index_select(0, Answers);

    /// <summary>The same tokens under another model.</summary>
    public CompletionLogProbabilities With(Tensor tokens) => this with { Tokens = tokens };
}
