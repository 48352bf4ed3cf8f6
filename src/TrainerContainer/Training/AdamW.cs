using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>
/// Adam with decoupled weight decay. Source: Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2, with PyTorch's order of operations.
/// Moments are float32. Norms and biases (one dimension) do not decay.
/// </summary>
public sealed class AdamW : IDisposable
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;
    private readonly List<Slot> slots;
    private readonly double weightDecay;
    private readonly bool decaysAll;
    private readonly double ratioOfB;

    /// <param name="decaysAll">Norms and biases decay too.</param>
    /// <param name="ratioOfB">LoRA+: how many times faster an adapter's B learns. Hayou et al. 2024, arXiv:2402.12354.</param>
    /// <param name="parameters">By name; the names are those of the checkpointed moments.</param>
    public AdamW(IEnumerable<(string Name, Parameter Parameter)> parameters, double weightDecay, bool decaysAll = false, double ratioOfB = 1)
    {
        (this.weightDecay, this.decaysAll, this.ratioOfB) = (weightDecay, decaysAll, ratioOfB);
        using var scope = NewDisposeScope();
        slots = [.. parameters.Select(item => new Slot(item.Name, item.Parameter,
            zeros_like(item.Parameter).DetachFromDisposeScope(), zeros_like(item.Parameter).DetachFromDisposeScope()))];
    }

    /// <summary>Updates done.</summary>
    public int Steps { get; set; }

    /// <param name="First">m, the mean of gradients.</param>
    /// <param name="Second">v, the mean of their squares.</param>
    private sealed record Slot(string Name, Parameter Parameter, Tensor First, Tensor Second);

    /// <summary>Everything that a resumed run needs: <c>{name}.exp_avg</c> and <c>{name}.exp_avg_sq</c>.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> State =>
        slots.SelectMany(slot => new[] { ($"{slot.Name}.exp_avg", slot.First), ($"{slot.Name}.exp_avg_sq", slot.Second) });

    /// <summary>Scales all gradients down to a global norm.</summary>
    /// <returns>The norm before; not finite when a gradient is not.</returns>
    public double ClipGradients(double maxNorm)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        Tensor[] gradients = [.. slots.Select(slot => slot.Parameter.grad).OfType<Tensor>()];
        var norm = Math.Sqrt(stack(gradients.Select(gradient => gradient.square().sum())).sum(ScalarType.Float64).item<double>());
        var coefficient = Math.Min(1, maxNorm / (norm + 1e-6));
        if (coefficient < 1)
        {
            foreach (var gradient in gradients)
            {
                gradient.mul_(coefficient);
            }
        }

        return norm;
    }

    public void Step(double learningRate)
    {
        using var nothing = no_grad();
        Steps++;
        var (correction1, correction2) = (1 - Math.Pow(Beta1, Steps), 1 - Math.Pow(Beta2, Steps));
        foreach (var (name, parameter, first, second) in slots)
        {
            using var scope = NewDisposeScope();
            var rate = name.EndsWith("lora_B.weight", StringComparison.Ordinal) ? learningRate * ratioOfB : learningRate;
            if (parameter.grad is not { } gradient)
            {
                continue;
            }

            if (weightDecay != 0 && (decaysAll || parameter.dim() > 1))
            {
                parameter.mul_(1 - rate * weightDecay);
            }

            first.mul_(Beta1).add_(gradient, 1 - Beta1);
            second.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
            var denominator = second.sqrt().div_(Math.Sqrt(correction2)).add_(Epsilon);
            parameter.addcdiv_(first, denominator, -rate / correction1);
        }
    }

    public void Dispose()
    {
        ZeroGradients();
        foreach (var (_, tensor) in State)
        {
            tensor.Dispose();
        }
    }

    /// <summary>Forgets the gradients, and frees their memory.</summary>
    public void ZeroGradients()
    {
        foreach (var slot in slots)
        {
            slot.Parameter.grad?.Dispose();
            slot.Parameter.grad = null;
        }
    }
}
