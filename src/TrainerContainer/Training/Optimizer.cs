using ServerlessTuning.Contracts;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>Moves all weights that train, each by a rule of its own; clipping, decay and rates are the same whatever the rule.</summary>
public sealed class Optimizer : IDisposable
{
    private readonly List<(string Name, Parameter Weight, IUpdateRule Rule)> slots;
    private readonly double weightDecay;
    private readonly bool decaysAll;
    private readonly double ratioOfB;
    private double scale = 1;                                                     // of the gradients that are there

    /// <param name="parameters">By name; the names are those of the checkpointed state.</param>
    /// <param name="weightDecay">Decoupled: a share of the rate by which weights shrink. Norms and biases (one dimension) do not.</param>
    /// <param name="decaysAll">Norms and biases decay too.</param>
    /// <param name="ratioOfB">LoRA+: how many times faster an adapter's B learns. Hayou et al. 2024, arXiv:2402.12354.</param>
    public Optimizer(IEnumerable<(string Name, Parameter Parameter)> parameters, OptimizerType type, double weightDecay, bool decaysAll = false, double ratioOfB = 1)
    {
        (this.weightDecay, this.decaysAll, this.ratioOfB) = (weightDecay, decaysAll, ratioOfB);
        using var scope = NewDisposeScope();
        slots = [.. parameters.Select(item => (item.Name, item.Parameter, Rule(type, item.Parameter)))];
    }

    /// <summary>Updates done.</summary>
    public int Steps { get; set; }

    /// <summary>Everything that a resumed run needs: <c>{weight}.{what}</c>, such as <c>model.norm.weight.exp_avg</c>.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> State => slots.SelectMany(slot => slot.Rule.State.Select(item => ($"{slot.Name}.{item.Name}", item.Tensor)));

    /// <summary>Has the next step scale all gradients down to a global norm, while it reads them anyway.</summary>
    /// <returns>The norm before; not finite when a gradient is not.</returns>
    public double ClipGradients(double maxNorm)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        Tensor[] gradients = [.. slots.Select(slot => slot.Weight.grad).OfType<Tensor>()];
        var norm = Math.Sqrt(stack(gradients.Select(Squares)).sum().item<double>());
        scale = Math.Min(1, maxNorm / (norm + 1e-6));
        return norm;
    }

    public void Step(double learningRate)
    {
        using var nothing = no_grad();
        Steps++;
        foreach (var (name, weight, rule) in slots)
        {
            using var scope = NewDisposeScope();
            if (weight.grad is not { } gradient)
            {
                continue;
            }

            var rate = name.EndsWith("lora_B.weight", StringComparison.Ordinal) ? learningRate * ratioOfB : learningRate;
            if (weightDecay != 0 && (decaysAll || weight.dim() > 1))
            {
                weight.mul_(1 - rate * weightDecay);
            }

            rule.Update(weight, gradient, scale, rate, Steps);
        }
    }

    /// <summary>Forgets the gradients, and frees their memory.</summary>
    public void ZeroGradients()
    {
        scale = 1;
        foreach (var (_, weight, _) in slots)
        {
            weight.grad?.Dispose();
            weight.grad = null;
        }
    }

    public void Dispose()
    {
        ZeroGradients();
        foreach (var (_, _, rule) in slots)
        {
            rule.Dispose();
        }
    }

    /// <returns>The sum of a gradient's squares, float64.</returns>
    private static Tensor Squares(Tensor gradient)
    {
        var (flat, sum) = (gradient.reshape(-1), zeros([], dtype: ScalarType.Float64, device: gradient.device));
        foreach (var (begin, count) in CachedPieces.Of(flat.numel()))
        {
            using var scope = NewDisposeScope();
            sum.add_(flat.narrow(0, begin, count).square().sum());
        }

        return sum;
    }

    private static IUpdateRule Rule(OptimizerType type, Tensor weight) => type switch
    {
        OptimizerType.AdamW8Bit when weight.numel() >= AdamW8Bit.SmallestElements => new AdamW8Bit(weight),
        OptimizerType.Adafactor => new Adafactor(weight),
        _ => new AdamW(weight),
    };
}
