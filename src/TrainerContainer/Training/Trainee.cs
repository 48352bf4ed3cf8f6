using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>A model and what of it trains: its adapter, or all of it.</summary>
/// <param name="Adapter">Null for full fine-tuning and pretraining.</param>
/// <param name="Head">Another head than the base has.</param>
public sealed record Trainee(PretrainedModel Model, LoraAdapter? Adapter, NewHead? Head = null) : IDisposable
{
    public Device Device => Model.Device;

    /// <summary>The model as one stack with a head.</summary>
    /// <exception cref="InvalidOperationException">It is an encoder-decoder; a plan for it has another task.</exception>
    public TextModel Text => Model as TextModel ?? throw new InvalidOperationException($"{Model.Config.Architecture} has two stacks.");

    /// <summary>The adapter's dropout, drawn from a seed; null outside training.</summary>
    public void Dropping(long? seed)
    {
        if (Adapter is not null)
        {
            Adapter.DropoutSeed = seed;
        }
    }

    /// <summary>What trains, by the names that checkpoints use.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> Parameters =>
        (Adapter?.Parameters() ?? []).Concat(Model.Parameters.Where(item => item.Parameter.requires_grad));

    /// <param name="decaysAll">Norms and biases too.</param>
    public Optimizer NewOptimizer(double weightDecay, bool decaysAll = false, OptimizerType type = OptimizerType.AdamW) =>
        new(Parameters, type, weightDecay, decaysAll, Adapter?.Config.LoraPlusRatio ?? 1);

    /// <summary>Frees the weights: a stage's model must be gone before the next stage loads its own.</summary>
    public void Dispose()
    {
        foreach (var tensor in (Adapter?.Parameters() ?? []).Select(item => (Tensor)item.Parameter).Concat((Adapter?.Starts ?? []).Select(item => item.Tensor)))
        {
            tensor.Dispose();
        }

        Model.Dispose();
    }
}
