using ServerlessTuning.Trainer.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Objectives;

/// <summary>Loss and hits of some supervised tokens.</summary>
/// <param name="Sum">Nats, summed over the tokens.</param>
/// <param name="Correct">Tokens that greedy decoding would have picked.</param>
public readonly record struct TokenScore(double Sum, long Tokens, long Correct)
{
    public static TokenScore operator +(TokenScore a, TokenScore b) => new(a.Sum + b.Sum, a.Tokens + b.Tokens, a.Correct + b.Correct);

    /// <summary>Nats per token.</summary>
    public double Mean => Sum / Math.Max(1, Tokens);

    public double Accuracy => (double)Correct / Math.Max(1, Tokens);
}

/// <summary>
/// Cross-entropy of the next token, head and loss together, a chunk of positions at a time: the logits of a whole batch never exist. The gradient is
/// written by hand: with p = softmax(z), ∂/∂z = p − onehot, ∂/∂h = (p − onehot)·W, ∂/∂W = (p − onehot)ᵀ·h.
/// </summary>
public static class TokenLoss
{
    private const int ChunkRows = 1024;

    /// <summary>Loss alone, for evaluation.</summary>
    /// <param name="hidden">(M, C): hidden states of the positions that predict a supervised token.</param>
    /// <param name="targets">(M), int64.</param>
    public static TokenScore Measure(Llama model, Tensor hidden, Tensor targets)
    {
        using var nothing = no_grad();
        var score = default(TokenScore);
        for (long begin = 0; begin < hidden.shape[0]; begin += ChunkRows)
        {
            using var scope = NewDisposeScope();
            var rows = Math.Min(ChunkRows, hidden.shape[0] - begin);
            var logits = model.Logits(hidden.narrow(0, begin, rows));                                         // (rows, V)
            score += Score(logits, logits.logsumexp(-1), targets.narrow(0, begin, rows), countHits: true);
        }

        return score;
    }

    /// <summary>Loss and its gradient.</summary>
    /// <param name="hidden">(M, C), with its graph; it is run backward from here.</param>
    /// <param name="targets">(M), int64.</param>
    /// <param name="scale">Every token's weight: 1 / supervised tokens of the whole optimizer step.</param>
    /// <returns>The unscaled sum.</returns>
    public static TokenScore Backward(Llama model, Tensor hidden, Tensor targets, double scale)
    {
        using var scope = NewDisposeScope();
        var (gradient, score) = Gradient(model, hidden, targets, scale);
        hidden.backward([gradient]);
        return score;
    }

    /// <returns>∂loss/∂hidden, (M, C); the head's own gradient is added to it when it trains.</returns>
    public static (Tensor Gradient, TokenScore Score) Gradient(Llama model, Tensor hidden, Tensor targets, double scale)
    {
        using var nothing = no_grad();
        var gradient = empty_like(hidden);
        var head = model.Head;
        var weight = head.to(model.Compute);                                                                  // (V, C), cast once
        var score = default(TokenScore);
        for (long begin = 0; begin < hidden.shape[0]; begin += ChunkRows)
        {
            using var scope = NewDisposeScope();
            var rows = Math.Min(ChunkRows, hidden.shape[0] - begin);
            var (h, target) = (hidden.narrow(0, begin, rows), targets.narrow(0, begin, rows));
            var logits = nn.functional.linear(h, weight).to(ScalarType.Float32);                              // (rows, V)
            var normalizer = logits.logsumexp(-1);                                                            // (rows)
            score += Score(logits, normalizer, target, countHits: false);
            var dz = logits.sub_(normalizer.unsqueeze(-1)).exp_();                                            // softmax, in place
            dz.scatter_add_(1, target.unsqueeze(-1), full([rows, 1], -1.0, dtype: ScalarType.Float32, device: dz.device));
            dz = dz.mul_(scale).to(model.Compute);
            gradient.narrow(0, begin, rows).copy_(dz.mm(weight));
            if (head.requires_grad)
            {
                Accumulate(head, dz.t().mm(h).to(ScalarType.Float32));
            }
        }

        return (gradient, score);
    }

    private static TokenScore Score(Tensor logits, Tensor normalizer, Tensor targets, bool countHits)
    {
        var picked = logits.gather(1, targets.unsqueeze(-1)).squeeze(-1);                                     // (rows)
        var sum = (normalizer - picked).sum(ScalarType.Float64).item<double>();
        return new(sum, targets.shape[0], countHits ? logits.argmax(-1).eq(targets).sum().item<long>() : 0);
    }

    private static void Accumulate(Parameter head, Tensor gradient)
    {
        if (head.grad is { } there)
        {
            there.add_(gradient);
        }
        else
        {
            head.grad = gradient;
        }
    }
}
