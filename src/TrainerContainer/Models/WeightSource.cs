using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models;

/// <summary>What a weight is before anything was learned.</summary>
public enum Fresh
{
    Normal,

    /// <summary>A matrix that writes into the residual stream.</summary>
    Residual,
    Ones,
    Zeros,
}

/// <summary>
/// Where a model under construction takes its weights from, and in which form it keeps them. It is also the model's register: every weight and every
/// projection by its name in the checkpoint, in the order in which they were taken; docs/decisions/006-weights-are-registered-by-their-checkpoint-name.md.
/// </summary>
/// <param name="compute">Type of the products.</param>
/// <param name="trains">What trains is kept as float32 master weights that collect gradients; what is frozen, in the compute type.</param>
public abstract class WeightSource(ScalarType compute, Trains trains, Device device)
{
    private readonly List<(string Name, Parameter Parameter)> parameters = [];
    private readonly List<(string Name, Projection Projection)> projections = [];
    private readonly List<(string Name, Quantization.Nf4Matrix Matrix)> quantized = [];

    public ScalarType Compute => compute;

    public Device Device => device;

    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters => parameters;

    /// <summary>The matrices that are kept in four bits.</summary>
    public IReadOnlyList<(string Name, Quantization.Nf4Matrix Matrix)> QuantizedMatrices => quantized;

    /// <summary>Every linear layer inside the model's blocks.</summary>
    public IReadOnlyList<(string Name, Projection Projection)> Projections => projections;

    /// <summary>Matrices inside the blocks are kept in four bits (QLoRA); they are no parameters then.</summary>
    public bool Quantizes { get; init; }

    /// <summary>A weight that goes into products.</summary>
    public Parameter Take(string name, Fresh fresh, params long[] shape) => Take(name, fresh, trains.Includes(name) ? ScalarType.Float32 : compute, shape);

    /// <summary>A linear layer that an adapter may adapt.</summary>
    /// <param name="transposed">Stored (in, out).</param>
    /// <param name="residual">It writes into the residual stream.</param>
    public Projection Projection(string name, long output, long input, bool bias, bool transposed = false, bool residual = false)
    {
        var made = Quantizes ? Quantized(name, output, input, bias, transposed) : Linear(name, output, input, bias, transposed, residual);
        projections.Add((name, made));
        return made;
    }

    /// <summary>A linear layer of a head: adapters leave it alone.</summary>
    public Projection Linear(string name, long output, long input, bool bias, bool transposed = false, bool residual = false)
    {
        var weight = Take($"{name}.weight", residual ? Fresh.Residual : Fresh.Normal, transposed ? [input, output] : [output, input]);
        return new(weight, bias ? Take($"{name}.bias", Fresh.Zeros, output) : null, compute, transposed);
    }

    private Projection Quantized(string name, long output, long input, bool bias, bool transposed)
    {
        using var scope = NewDisposeScope();
        var matrix = new Quantization.Nf4Matrix(Find($"{name}.weight", Fresh.Normal, transposed ? [input, output] : [output, input]).to(device));
        quantized.Add(($"{name}.weight", matrix));
        return new(matrix, bias ? Take($"{name}.bias", Fresh.Zeros, output) : null, compute, transposed);
    }

    /// <summary>Norms are float32 in every form.</summary>
    public RmsNorm RmsNorm(string name, long size, double eps, double offset = 0) =>
        new(Take($"{name}.weight", offset == 0 ? Fresh.Ones : Fresh.Zeros, ScalarType.Float32, size), eps, compute, offset);

    public LayerNorm LayerNorm(string name, long size, double eps) =>
        new(Take($"{name}.weight", Fresh.Ones, ScalarType.Float32, size), Take($"{name}.bias", Fresh.Zeros, ScalarType.Float32, size), eps);

    /// <summary>The weight as it is stored, possibly a view of a mapped file that must not be written to.</summary>
    protected abstract Tensor Find(string name, Fresh fresh, long[] shape);

    private Parameter Take(string name, Fresh fresh, ScalarType type, params long[] shape)
    {
        using var scope = NewDisposeScope();
        var stored = Find(name, fresh, shape);
        var kept = stored.to(type, device);
        // What trains is written to: never a view of the file, which the conversion returns when it has nothing to do.
        var isTrained = trains.Includes(name);
        var parameter = new Parameter(isTrained && stored.dtype == type && stored.device_type == device.type ? kept.clone() : kept, requires_grad: isTrained);
        parameter.DetachFromDisposeScope();
        parameters.Add((name, parameter));
        return parameter;
    }
}
