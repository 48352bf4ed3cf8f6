using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Objectives;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Verification;

/// <summary>The answered tokens of a reference batch, and a model's log-probabilities of them: a forward pass, and the way back through it.</summary>
internal sealed class Answers : IDisposable
{
    private readonly ReferenceBatch batch;
    private readonly Tensor places, targets, answers, counts, columns;
    private Tensor? hidden;

    private Answers(Tensor ids, Tensor mask, Tensor counted)
    {
        batch = new(ids, mask, causal: true);
        var labels = ids.masked_fill(counted.eq(0), -100);
        (places, targets) = batch.Supervised(labels, isShifted: true);
        // Column t of a row's log-probabilities is that of token t + 1.
        var foreseen = counted.narrow(1, 1, counted.shape[1] - 1).ne(0);          // (B, S − 1)
        columns = arange(0, foreseen.numel(), ScalarType.Int64).masked_select(foreseen.flatten());
        answers = columns.div(foreseen.shape[1], RoundingMode.floor);
        counts = foreseen.sum(1).to(ScalarType.Float32);
    }

    /// <param name="prefix">Of the inputs' names.</param>
    public static Answers Of(ReferenceCase reference, string prefix, bool withPrompts = false)
    {
        var mask = reference.Tensor("inputs", $"{prefix}attention_mask");
        return new(reference.Tensor("inputs", $"{prefix}input_ids"), mask, withPrompts ? mask : reference.Tensor("inputs", $"{prefix}completion_mask"));
    }

    /// <summary>An input (B, S − 1) at the answered tokens, (M).</summary>
    public static Tensor Completed(ReferenceCase reference, string name)
    {
        var counted = reference.Tensor("inputs", "completion_mask");
        return reference.Tensor("inputs", name).masked_select(counted.narrow(1, 1, counted.shape[1] - 1).ne(0));
    }

    /// <param name="perToken">(B, S − 1).</param>
    public Tensor At(Tensor perToken) => perToken.flatten().index_select(0, columns);

    /// <summary>Log-probabilities as leaves of a graph of their own.</summary>
    public CompletionLogProbabilities Graph(TextModel model)
    {
        hidden = model.Hidden(batch.Input).index_select(0, places);               // (M, C)
        var tokens = TokenLoss.LogProbabilities(model.Language, hidden.detach(), targets).requires_grad_();
        return new(tokens, answers, counts);
    }

    /// <summary>From the leaves' gradient through the last forward pass.</summary>
    public void Backward(TextModel model, CompletionLogProbabilities policy) => TokenLoss.Backward(model.Language, hidden!, targets, policy.Tokens.grad!);

    public void Dispose() => batch.Dispose();
}
