using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Objectives;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>Forward and backward of one micro-batch; gradients add up in the parameters.</summary>
/// <param name="recompute">Keep only each block's input and compute the block again on the way back: less memory, about a third more time, the same numbers.</param>
public sealed class TrainingPass(TextModel model, LoraAdapter? adapter, bool recompute)
{
    /// <param name="scale">1 / supervised tokens of the whole optimizer step, so that every token counts once.</param>
    /// <param name="dropoutSeed">Of this micro-batch.</param>
    public TokenScore Run(TokenBatch batch, double scale, long dropoutSeed)
    {
        using var scope = NewDisposeScope();
        if (adapter is not null)
        {
            adapter.DropoutSeed = dropoutSeed;
        }

        var score = recompute ? Recomputed(batch, scale) : Plain(batch, scale);
        if (adapter is not null)
        {
            adapter.DropoutSeed = null;
        }

        return score;
    }

    private TokenScore Plain(TokenBatch batch, double scale)
    {
        var hidden = model.Hidden(batch.Input);                                               // (N, C)
        return TokenLoss.Backward(model.Language, hidden.index_select(0, batch.Predicting), batch.Targets, scale);
    }

    private TokenScore Recomputed(TokenBatch batch, double scale)
    {
        var body = model.Body;
        var context = body.Context(batch.Input);
        var inputs = new List<Tensor>();
        Tensor x;
        using (no_grad())
        {
            x = body.Embed(batch.Input);                                                      // (N, C)
            foreach (var block in body.Blocks)
            {
                inputs.Add(x);
                x = Kept(() => block.Forward(x, context));
            }
        }

        x = x.detach().requires_grad_();
        var score = TokenLoss.Backward(model.Language, body.Normed(x).index_select(0, batch.Predicting), batch.Targets, scale);
        var gradient = x.grad!;                                                               // (N, C)
        for (var block = inputs.Count - 1; block >= 0; block--)
        {
            gradient = Kept(() => Back(body.Blocks[block], inputs[block], gradient));
            inputs[block].Dispose();
        }

        body.EmbedBackward(batch.Input, gradient);
        return score;

        Tensor Back(IBlock block, Tensor input, Tensor outputGradient)
        {
            var again = input.detach().requires_grad_();
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
