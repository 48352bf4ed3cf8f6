using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Quantization;

/// <summary>
/// 4-bit normal floats: sixteen values that a normal variable falls between equally often, times the largest absolute value of each block of 64.
/// Source: Dettmers et al. 2023, arXiv:2305.14314, section 3 and appendix E; values and rounding as in bitsandbytes.
/// </summary>
public static class Nf4
{
    public const int BlockSize = 64;
    private const int CodeOfZero = 7;

    /// <summary>The sixteen values, by code.</summary>
    public static IReadOnlyList<float> Values { get; } =
    [
        -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0.0f,
        0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f,
    ];

    /// <param name="weight">Any shape; taken row by row.</param>
    /// <returns>A code an element (n), uint8, and the largest absolute value of each block (⌈n / 64⌉), float32.</returns>
    public static (Tensor Codes, Tensor Absmax) Quantize(Tensor weight)
    {
        using var scope = NewDisposeScope();
        var flat = weight.to(ScalarType.Float32).flatten();
        var blocks = InBlocks(flat, BlockSize);                                   // (blocks, 64), zeros behind the end
        var absmax = blocks.abs().amax([1L]);                                     // (blocks)
        var scaled = blocks / absmax.clamp_min(1e-38).unsqueeze(-1);
        // A code's territory reaches halfway to its neighbours; exactly halfway belongs to the lower one.
        var borders = tensor(Values.Zip(Values.Skip(1), (low, high) => (low + high) / 2).ToArray(), dtype: ScalarType.Float32, device: weight.device);
        var codes = bucketize(scaled.contiguous(), borders).flatten().narrow(0, 0, flat.numel()).to(ScalarType.Byte);
        return (codes.MoveToOuterDisposeScope(), absmax.MoveToOuterDisposeScope());
    }

    /// <param name="codes">(n), uint8.</param>
    /// <param name="absmax">(⌈n / 64⌉), float32.</param>
    /// <returns>(n), float32.</returns>
    public static Tensor Dequantize(Tensor codes, Tensor absmax)
    {
        using var scope = NewDisposeScope();
        var values = tensor(Values.ToArray(), dtype: ScalarType.Float32, device: codes.device).index_select(0, codes.to(ScalarType.Int32));
        return (InBlocks(values, BlockSize) * absmax.unsqueeze(-1)).flatten().narrow(0, 0, codes.numel()).MoveToOuterDisposeScope();
    }

    /// <summary>Two codes a byte, the even element in the high half.</summary>
    public static Tensor Pack(Tensor codes)
    {
        using var scope = NewDisposeScope();
        var pairs = InBlocks(codes.to(ScalarType.Int32), 2, CodeOfZero);          // (⌈n / 2⌉, 2)
        return (pairs.select(1, 0) * 16 + pairs.select(1, 1)).to(ScalarType.Byte).MoveToOuterDisposeScope();
    }

    /// <param name="count">n.</param>
    public static Tensor Unpack(Tensor packed, long count)
    {
        using var scope = NewDisposeScope();
        var wide = packed.flatten().to(ScalarType.Int32);
        return stack([wide.bitwise_right_shift(tensor(4, dtype: ScalarType.Int32, device: packed.device)), wide.bitwise_and(tensor(15, dtype: ScalarType.Int32, device: packed.device))], 1)
            .flatten().narrow(0, 0, count).to(ScalarType.Byte).MoveToOuterDisposeScope();
    }

    /// <param name="fill">Behind the end.</param>
    internal static Tensor InBlocks(Tensor flat, long size, int fill = 0)
    {
        var missing = (size - flat.numel() % size) % size;
        return (missing == 0 ? flat : cat([flat, full([missing], fill, dtype: flat.dtype, device: flat.device)])).view(-1, size);
    }
}
