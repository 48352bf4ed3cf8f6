using ServerlessTuning.Datasets.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models;

/// <summary>What every model has, whatever its family: a config, and weights by their names in the checkpoint.</summary>
public abstract class PretrainedModel(ModelConfig config, WeightSource weights) : IDisposable
{
    private readonly IReadOnlyList<(string Name, Quantization.Nf4Matrix Matrix)> quantized = weights.QuantizedMatrices;

    public ModelConfig Config => config;

    /// <summary>Type of the products.</summary>
    public ScalarType Compute { get; } = weights.Compute;

    public Device Device { get; } = weights.Device;

    /// <summary>Every weight once, a tied one under the name it is stored by.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; } = weights.Parameters;

    /// <summary>Every linear layer but those of the head.</summary>
    public IReadOnlyList<(string Name, Projection Projection)> Projections { get; } = weights.Projections;

    /// <summary>Every tensor of the checkpoint, quantized ones too.</summary>
    public IEnumerable<string> TensorNames => Parameters.Select(item => item.Name).Concat(quantized.Select(item => item.Name));

    /// <summary>Frees the weights.</summary>
    public virtual void Dispose()
    {
        foreach (var (_, parameter) in Parameters)
        {
            parameter.Dispose();
        }

        foreach (var (_, matrix) in quantized)
        {
            matrix.Dispose();
        }

        GC.SuppressFinalize(this);
    }
}
