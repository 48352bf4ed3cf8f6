using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Objectives;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>Forward and backward of one micro-batch; gradients add up in the parameters.</summary>
/// <param name="recompute">Keep only each block's input and compute the block again on the way back: less memory, about a third more time, the same numbers.</param>
/// <param name="neftuneAlpha">Size of the noise on embeddings; 0 for none.</param>
/// <param name="dropout">Of the hidden states; 0 for none.</param>
public sealed class TrainingPass(TextModel model, LoraAdapter? adapter, bool recompute, double neftuneAlpha = 0, double dropout = 0)
{
    /// <summary>Of the next token's loss.</summary>
    /// <param name="scale">1 / supervised tokens of the whole optimizer step, so that every token counts once.</param>
    /// <param name="dropoutSeed">Of this micro-batch.</param>
    /// <param name="smoothing">Share of a target's probability that is spread over all others.</param>
    public TokenScore Run(TokenBatch batch, double scale, long dropoutSeed, double smoothing = 0) =>
        Run(batch.Input, hidden => TokenLoss.Backward(model.Language, hidden.index_select(0, batch.Predicting), batch.Targets, scale, smoothing), dropoutSeed);

    /// <summary>Of any loss.</summary>
    /// <param name="backward">Takes the hidden states (N, C) with their graph, computes a loss and runs it backward.</param>
    public T Run<T>(TokenInput input, Func<Tensor, T> backward, long dropoutSeed) => Run(input, (hidden, _) => backward(hidden), dropoutSeed);

    /// <summary>Of a loss behind a head that drops, too.</summary>
    /// <param name="backward">Takes the hidden states (N, C) and the input that they are of.</param>
    public T Run<T>(TokenInput input, Func<Tensor, TokenInput, T> backward, long dropoutSeed)
    {
        using var scope = NewDisposeScope();
        if (adapter is not null)
        {
            adapter.DropoutSeed = dropoutSeed;
        }

        var dropping = dropout == 0 ? input : input with { Dropout = new(dropout, dropoutSeed) };
        var noise = neftuneAlpha == 0 ? null : EmbeddingNoise.Like(input, model.Config.HiddenSize, neftuneAlpha, dropoutSeed);
        var result = recompute ? Recomputed(dropping, noise, hidden => backward(hidden, dropping)) : backward(model.Body.Forward(dropping, noise: noise), dropping);
        if (adapter is not null)
        {
            adapter.DropoutSeed = null;
        }

        return result;
    }

    private T Recomputed<T>(TokenInput input, Tensor? noise, Func<Tensor, T> backward)
    {
        var body = model.Body;
        var context = body.Context(input);
        var inputs = new List<Tensor>();
        Tensor x;
        using (no_grad())
        {
            x = body.Start(input, noise);                                                     // (N, C)
            foreach (var block in body.Blocks)
            {
                inputs.Add(x);
                x = Kept(() => block.Forward(x, context));
            }
        }

        x = x.detach().requires_grad_();
        var result = backward(body.Normed(x));
        var gradient = x.grad!;                                                               // (N, C)
        for (var block = inputs.Count - 1; block >= 0; block--)
        {
            gradient = Kept(() => Back(body.Blocks[block], inputs[block], gradient));
            inputs[block].Dispose();
        }

        body.EmbedBackward(input, input.Dropout?.OfEmbedding(gradient) ?? gradient);
        return result;

        Tensor Back(IBlock block, Tensor before, Tensor outputGradient)
        {
            var again = before.detach().requires_grad_();
            block.Forward(again, context).backward([outputGradient]);
            return again.grad!;
        }
    }

    /// <summary>Runs with a scope of its own: everything but the result dies here.</summary>
    private static Tensor Kept(Func<Tensor> compute)
    {
        using var scope = NewDisposeScope();
        return compute().MoveToOuterDisposeScope();
    }
}
