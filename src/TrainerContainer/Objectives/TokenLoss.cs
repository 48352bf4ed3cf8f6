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
    public static TokenScore Measure(LanguageHead head, Tensor hidden, Tensor targets)
    {
        using var nothing = no_grad();
        var score = default(TokenScore);
        for (long begin = 0; begin < hidden.shape[0]; begin += ChunkRows)
        {
            using var scope = NewDisposeScope();
            var rows = Math.Min(ChunkRows, hidden.shape[0] - begin);
            var logits = head.Logits(hidden.narrow(0, begin, rows));                                          // (rows, V)
            score += Score(logits, logits.logsumexp(-1), targets.narrow(0, begin, rows), countsTies: false);
        }

        return score;
    }

    /// <summary>Log-probability of each target, without a graph.</summary>
    /// <param name="hidden">(M, C).</param>
    /// <param name="targets">(M), int64.</param>
    /// <returns>(M), float32.</returns>
    public static Tensor LogProbabilities(LanguageHead head, Tensor hidden, Tensor targets)
    {
        using var nothing = no_grad();
        var parts = new List<Tensor>();
        for (long begin = 0; begin < hidden.shape[0]; begin += ChunkRows)
        {
            using var scope = NewDisposeScope();
            var rows = Math.Min(ChunkRows, hidden.shape[0] - begin);
            var logits = head.Logits(hidden.narrow(0, begin, rows));                                          // (rows, V)
            var picked = logits.gather(1, targets.narrow(0, begin, rows).unsqueeze(-1)).squeeze(-1);
            parts.Add((picked - logits.logsumexp(-1)).MoveToOuterDisposeScope());
        }

        return parts.Count == 1 ? parts[0] : cat(parts, 0);
    }

    /// <summary>The gradient of any function of the targets' log-probabilities.</summary>
    /// <param name="hidden">(M, C), with its graph; it is run backward from here.</param>
    /// <param name="slopes">∂loss/∂log-probability, (M), float32.</param>
    public static void Backward(LanguageHead head, Tensor hidden, Tensor targets, Tensor slopes)
    {
        using var scope = NewDisposeScope();
        var ready = head.Ready(hidden);                                                                       // (M, C)
        var (gradient, _) = Gradient(head, ready, targets, -slopes.detach());
        ready.backward([gradient]);
    }

    /// <summary>Loss and its gradient.</summary>
    /// <param name="hidden">(M, C), with its graph; it is run backward from here.</param>
    /// <param name="targets">(M), int64.</param>
    /// <param name="scale">Every token's weight: 1 / supervised tokens of the whole optimizer step.</param>
    /// <param name="smoothing">ε: the target is 1 − ε on the right token and ε spread over all (Szegedy et al. 2015, arXiv:1512.00567).</param>
    /// <returns>The unscaled sum.</returns>
    public static TokenScore Backward(LanguageHead head, Tensor hidden, Tensor targets, double scale, double smoothing = 0)
    {
        using var scope = NewDisposeScope();
        var ready = head.Ready(hidden);                                                                       // (M, C)
        var (gradient, score) = Gradient(head, ready, targets, full([targets.shape[0]], scale, dtype: ScalarType.Float32, device: ready.device), smoothing);
        ready.backward([gradient]);
        return score;
    }

    /// <param name="weights">Of each token's loss, (M), float32.</param>
    /// <returns>∂loss/∂ready, (M, C); the head's own gradient is added to it when it trains.</returns>
    private static (Tensor Gradient, TokenScore Score) Gradient(LanguageHead head, Tensor ready, Tensor targets, Tensor weights, double smoothing = 0)
    {
        using var nothing = no_grad();
        var gradient = empty_like(ready);
        var weight = head.Weight.to(ready.dtype);                                                             // (V, C), cast once
        var score = default(TokenScore);
        for (long begin = 0; begin < ready.shape[0]; begin += ChunkRows)
        {
            using var scope = NewDisposeScope();
            var rows = Math.Min(ChunkRows, ready.shape[0] - begin);
            var (h, target) = (ready.narrow(0, begin, rows), targets.narrow(0, begin, rows));
            var logits = head.LogitsOfReady(h, weight);                                                       // (rows, V)
            var slope = head.SoftCap is { } cap ? 1 - (logits / cap).square() : null;                         // of c·tanh(z / c)
            var normalizer = logits.logsumexp(-1);                                                            // (rows)
            score += Score(logits, normalizer, target, countsTies: true, smoothing);
            var dz = logits.sub_(normalizer.unsqueeze(-1)).exp_();                                            // softmax, in place
            dz.scatter_add_(1, target.unsqueeze(-1), full([rows, 1], smoothing - 1, dtype: ScalarType.Float32, device: dz.device));
            dz = smoothing == 0 ? dz : dz.sub_(smoothing / dz.shape[1]);
            dz = dz.mul_(weights.narrow(0, begin, rows).unsqueeze(-1));
            Accumulate(head, h, slope is null ? dz : dz.mul_(slope), weight, gradient.narrow(0, begin, rows));
        }

        return (gradient, score);
    }

    /// <param name="dz">(rows, V), float32.</param>
    /// <param name="gradient">(rows, C), to be filled.</param>
    private static void Accumulate(LanguageHead head, Tensor h, Tensor dz, Tensor weight, Tensor gradient)
    {
        if (head.Bias is { requires_grad: true } bias)
        {
            Accumulate(bias, dz.sum([0L]));
        }

        dz = dz.to(weight.dtype);
        gradient.copy_(dz.mm(weight));
        if (head.Weight.requires_grad)
        {
            Accumulate(head.Weight, dz.t().mm(h).to(ScalarType.Float32));
        }
    }

    /// <param name="countsTies">A target beside an equal logit is a hit: the maximum alone costs a quarter of its place, which matters in training.</param>
    private static TokenScore Score(Tensor logits, Tensor normalizer, Tensor targets, bool countsTies, double smoothing = 0)
    {
        var picked = logits.gather(1, targets.unsqueeze(-1)).squeeze(-1);                                     // (rows)
        var told = smoothing == 0 ? picked : picked * (1 - smoothing) + logits.mean([-1L]) * smoothing;
        var sum = (normalizer - told).sum(ScalarType.Float64).item<double>();
        var hits = countsTies ? picked.ge(logits.amax([-1L])) : logits.argmax(-1).eq(targets);
        return new(sum, targets.shape[0], hits.sum().item<long>());
    }

    private static void Accumulate(Parameter parameter, Tensor gradient)
    {
        if (parameter.grad is { } there)
        {
            there.add_(gradient);
        }
        else
        {
            parameter.grad = gradient;
        }
    }
}
