using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Quantization;

/// <summary>
/// Double quantization: the blocks' largest values, less their mean, in 8 bits with a scale a block of 256. Source: Dettmers et al. 2023, arXiv:2305.14314,
/// section 3; the map of values is bitsandbytes' dynamic one (Dettmers et al. 2021, arXiv:2110.02861, section 2.1: exponents by leading zeros, the rest linear).
/// </summary>
/// <param name="Codes">(blocks), uint8.</param>
/// <param name="Absmax">(⌈blocks / 256⌉), float32.</param>
/// <param name="Offset">Mean that was taken off.</param>
public sealed record NestedScales(Tensor Codes, Tensor Absmax, double Offset)
{
    public const int BlockSize = 256;
    private const int Exponents = 7;

    /// <summary>256 values from −1 to 1 in ascending order, by code.</summary>
    public static IReadOnlyList<float> Map { get; } = MakeMap();

    /// <param name="absmax">(blocks), float32.</param>
    public static NestedScales Of(Tensor absmax)
    {
        using var scope = NewDisposeScope();
        var offset = absmax.mean().item<float>();
        var blocks = Nf4.InBlocks(absmax - offset, BlockSize);                    // (⌈blocks / 256⌉, 256)
        var scales = blocks.abs().amax([1L]);
        var scaled = blocks / scales.clamp_min(1e-38).unsqueeze(-1);
        var borders = tensor(Map.Zip(Map.Skip(1), (low, high) => (low + high) / 2).ToArray(), dtype: ScalarType.Float32, device: absmax.device);
        var codes = bucketize(scaled.contiguous(), borders).flatten().narrow(0, 0, absmax.numel()).to(ScalarType.Byte);
        return new(codes.MoveToOuterDisposeScope(), scales.MoveToOuterDisposeScope(), offset);
    }

    /// <returns>(blocks), float32.</returns>
    public Tensor Unpack()
    {
        using var scope = NewDisposeScope();
        var values = tensor(Map.ToArray(), dtype: ScalarType.Float32, device: Codes.device).index_select(0, Codes.to(ScalarType.Int32));
        return ((Nf4.InBlocks(values, BlockSize) * Absmax.unsqueeze(-1)).flatten().narrow(0, 0, Codes.numel()) + Offset).MoveToOuterDisposeScope();
    }

    /// <summary>For each of seven powers of ten twice as many means of a linear ramp from 0.1 to 1, with both signs; 0 and 1 besides.</summary>
    private static float[] MakeMap()
    {
        var values = new List<float> { 0, 1 };
        for (var i = 0; i < Exponents; i++)
        {
            var steps = 1 << i;
            for (var step = 0; step < steps; step++)
            {
                var mean = (float)(0.1 + 0.9 * (step + 0.5) / steps);
                values.Add((float)(Math.Pow(10, i - (Exponents - 1)) * mean));
                values.Add(-(float)(Math.Pow(10, i - (Exponents - 1)) * mean));
            }
        }

        return [.. values.Order()];
    }
}
