using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Quantization;

/// <summary>
/// Numbers in eight bits: a code of <see cref="DynamicMap"/> each, times the largest absolute value of its block of 256. A number above 0 never becomes 0 in the
/// unsigned form: as Adam's second moment it would make the step explode.
/// </summary>
public sealed class BlockwiseCodes : IDisposable
{
    public const int BlockSize = 256;
    private readonly bool isSigned;
    private readonly Tensor values, borders;

    /// <summary>All zero.</summary>
    /// <param name="count">How many numbers, n.</param>
    public BlockwiseCodes(long count, bool isSigned, Device device)
    {
        this.isSigned = isSigned;
        using var scope = NewDisposeScope();
        var map = isSigned ? DynamicMap.Signed : DynamicMap.Unsigned;
        values = tensor(map.ToArray(), dtype: ScalarType.Float32, device: device).DetachFromDisposeScope();
        // A code's territory reaches halfway to its neighbours.
        borders = tensor(map.Zip(map.Skip(1), (low, high) => (low + high) / 2).ToArray(), dtype: ScalarType.Float32, device: device).DetachFromDisposeScope();
        Codes = full([count], map.Index().Single(item => item.Item == 0).Index, dtype: ScalarType.Byte, device: device).DetachFromDisposeScope();
        Absmax = zeros([(count + BlockSize - 1) / BlockSize], dtype: ScalarType.Float32, device: device).DetachFromDisposeScope();
    }

    /// <summary>(n), uint8.</summary>
    public Tensor Codes { get; }

    /// <summary>(⌈n / 256⌉), float32.</summary>
    public Tensor Absmax { get; }

    /// <param name="begin">A multiple of the block size.</param>
    /// <returns>(count), float32.</returns>
    public Tensor Read(long begin, long count)
    {
        using var scope = NewDisposeScope();
        var blocks = Nf4.InBlocks(values.index_select(0, Codes.narrow(0, begin, count).to(ScalarType.Int32)), BlockSize); // (blocks, 256)
        return blocks.mul_(Scales(begin, blocks.shape[0]).unsqueeze(-1)).flatten().narrow(0, 0, count).MoveToOuterDisposeScope();
    }

    /// <param name="begin">A multiple of the block size.</param>
    /// <param name="numbers">(count), float32: whole blocks, or up to the end.</param>
    public void Write(long begin, Tensor numbers)
    {
        using var scope = NewDisposeScope();
        var blocks = Nf4.InBlocks(numbers, BlockSize);                            // (blocks, 256), zeros behind the end
        var absmax = blocks.abs().amax([1L]);                                     // (blocks)
        var codes = bucketize(blocks / absmax.clamp_min(1e-38).unsqueeze(-1), borders, outInt32: true);
        codes = isSigned ? codes : codes.maximum(blocks.gt(0).to(ScalarType.Int32));
        Codes.narrow(0, begin, numbers.numel()).copy_(codes.flatten().narrow(0, 0, numbers.numel()));
        Scales(begin, blocks.shape[0]).copy_(absmax);
    }

    private Tensor Scales(long begin, long blocks) => Absmax.narrow(0, begin / BlockSize, blocks);

    public void Dispose()
    {
        Codes.Dispose();
        Absmax.Dispose();
        values.Dispose();
        borders.Dispose();
    }
}
