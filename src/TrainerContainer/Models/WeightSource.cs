using ServerlessTuning.Datasets.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models;

/// <summary>Where a model under construction takes its weights from, and in which form it keeps them.</summary>
/// <param name="compute">Type of the products.</param>
/// <param name="trains">True: float32 master weights that collect gradients. False: frozen, in the compute type.</param>
public abstract class WeightSource(ScalarType compute, bool trains, Device device)
{
    public ScalarType Compute => compute;

    /// <summary>A weight that goes into products.</summary>
    public Parameter Take(string name, params long[] shape) => Keep(Find(name, shape), trains ? ScalarType.Float32 : compute);

    public Projection Projection(string name, long output, long input, bool hasBias) =>
        new(Take($"{name}.weight", output, input), hasBias ? Take($"{name}.bias", output) : null, compute);

    /// <summary>Norms are float32 in every form.</summary>
    public RmsNorm Norm(string name, ModelConfig config) =>
        new(Keep(Find($"{name}.weight", [config.HiddenSize]), ScalarType.Float32), config.RmsNormEps, compute);

    /// <summary>The weight as it is stored, possibly a view of a mapped file that must not be written to.</summary>
    protected abstract Tensor Find(string name, long[] shape);

    private Parameter Keep(Tensor stored, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var kept = stored.to(type, device);
        // What trains is written to: never a view of the file, which the conversion returns when it has nothing to do.
        return new Parameter(trains && stored.dtype == type && stored.device_type == device.type ? kept.clone() : kept, requires_grad: trains).DetachFromDisposeScope() as Parameter
            ?? throw new InvalidOperationException("A parameter is a tensor.");
    }
}
