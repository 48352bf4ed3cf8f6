using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>A model and what of it trains: its adapter, or all of it.</summary>
/// <param name="Adapter">Null for full fine-tuning and pretraining.</param>
public sealed record Trainee(TextModel Model, LoraAdapter? Adapter) : IDisposable
{
    public Device Device => Model.Device;

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
