using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Quantization;

/// <summary>A frozen matrix in about 4.13 bits a number: packed codes, and scales that are quantized themselves.</summary>
public sealed class Nf4Matrix : IDisposable
{
    private readonly Tensor packed;       // (⌈n / 2⌉), uint8
    private readonly NestedScales scales;

    /// <param name="weight">(rows, columns), any floating type.</param>
    public Nf4Matrix(Tensor weight)
    {
        (Rows, Columns) = (weight.shape[0], weight.shape[1]);
        using var scope = NewDisposeScope();
        var (codes, absmax) = Nf4.Quantize(weight);
        packed = Nf4.Pack(codes).DetachFromDisposeScope();
        scales = NestedScales.Of(absmax);
        scales.Codes.DetachFromDisposeScope();
        scales.Absmax.DetachFromDisposeScope();
    }

    public long Rows { get; }

    public long Columns { get; }

    /// <summary>Of memory.</summary>
    public long Bytes => packed.numel() + scales.Codes.numel() + 4 * scales.Absmax.numel();

    /// <returns>(rows, columns): what the four bits stand for.</returns>
    public Tensor Unpack(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        return Nf4.Dequantize(Nf4.Unpack(packed, Rows * Columns), scales.Unpack()).view(Rows, Columns).to(type).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        packed.Dispose();
        scales.Codes.Dispose();
        scales.Absmax.Dispose();
    }
}
