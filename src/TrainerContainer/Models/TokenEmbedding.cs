using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models;

/// <summary>A row of weights an id: tokens, learned positions, segments. Where head and embedding are tied, its matrix is the head's too.</summary>
/// <param name="weight">(V, C).</param>
public sealed class TokenEmbedding(Parameter weight)
{
    public Parameter Weight => weight;

    /// <param name="ids">(N), int64.</param>
    /// <returns>(N, C), float32.</returns>
    public Tensor Forward(Tensor ids) => weight.index_select(0, ids).to(ScalarType.Float32);

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
