using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ServerlessTuning.Trainer.Models;

/// <summary>A row of weights a token. Where head and embedding are tied, its matrix is the head's too.</summary>
public sealed class TokenEmbedding : Module<Tensor, Tensor>
{
    private readonly Parameter weight;

    /// <param name="weight">(V, C).</param>
    public TokenEmbedding(Parameter weight) : base(nameof(TokenEmbedding))
    {
        this.weight = weight;
        RegisterComponents();
    }

    /// <summary>(V, C).</summary>
    public Parameter Weight => weight;

    /// <param name="ids">(N), int64.</param>
    /// <returns>(N, C), float32: the residual stream before the first block.</returns>
    public override Tensor forward(Tensor ids) => weight.index_select(0, ids).to(ScalarType.Float32);

    /// <summary>The gradient by hand, for a pass that keeps no graph: rows of the same id add up.</summary>
    /// <param name="gradient">∂loss/∂output, (N, C).</param>
    public void Backward(Tensor ids, Tensor gradient)
    {
        if (!weight.requires_grad)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        if (weight.grad is null)
        {
            weight.grad = zeros_like(weight);
        }

        weight.grad!.index_add_(0, ids, gradient, 1);
    }
}
