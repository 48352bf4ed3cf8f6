using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace ServerlessTuning.Embedded.TorchSharp.Tests;

public sealed class TensorTests
{
    [Fact]
    public void Every_element_type_makes_the_round_trip()
    {
        Assert.Equal([1f, -2.5f], tensor((float[])[1, -2.5f]).data<float>().ToArray());
        Assert.Equal([1, -2.5], tensor((double[])[1, -2.5]).data<double>().ToArray());
        Assert.Equal([1L, long.MinValue], tensor((long[])[1, long.MinValue]).data<long>().ToArray());
        Assert.Equal([1, -2], tensor((int[])[1, -2]).data<int>().ToArray());
        Assert.Equal([(short)1, (short)-2], tensor((short[])[1, -2]).data<short>().ToArray());
        Assert.Equal([(sbyte)1, (sbyte)-2], tensor((sbyte[])[1, -2]).data<sbyte>().ToArray());
        Assert.Equal([(byte)1, (byte)255], tensor((byte[])[1, 255]).data<byte>().ToArray());
        Assert.Equal([true, false], tensor((bool[])[true, false]).data<bool>().ToArray());
        Assert.Equal([(Half)1, (Half)(-2.5)], tensor((Half[])[(Half)1, (Half)(-2.5)]).data<Half>().ToArray());
        Assert.Equal([(BFloat16)1, (BFloat16)(-2.5)], tensor((BFloat16[])[(BFloat16)1, (BFloat16)(-2.5)]).data<BFloat16>().ToArray());
    }

    [Fact]
    public void BFloat16_rounds_as_libtorch_does()
    {
        manual_seed(3);
        var numbers = cat([randn(1000), tensor((float[])[0, -0f, float.PositiveInfinity, 1.00390625f, 1.01171875f, 3.4e38f])]);

        var theirs = numbers.bfloat16().data<BFloat16>().ToArray();
        var ours = numbers.data<float>().ToArray().Select(x => new BFloat16(x)).ToArray();

        Assert.Equal(theirs.Select(x => BitConverter.SingleToInt32Bits(x.ToSingle())), ours.Select(x => BitConverter.SingleToInt32Bits(x.ToSingle())));
        Assert.True(BFloat16.IsNaN(new BFloat16(float.NaN)));
    }

    [Fact]
    public void A_file_can_be_mapped_and_seen_through_as_strided()
    {
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, [.. new byte[16], .. new float[] { 1, 2, 3, 4, 5, 6 }.SelectMany(BitConverter.GetBytes)]);

        using var map = from_file(path, shared: false, size: 10, dtype: float32);
        var matrix = map.as_strided([2, 3], [3, 1], 4);
        matrix[0, 0] = 7;

        Assert.Equal([7, 2, 3, 4, 5, 6], matrix.data<float>().ToArray());
        Assert.Equal(1, BitConverter.ToSingle(File.ReadAllBytes(path), 16));
        Assert.StartsWith("from_file(", Assert.Throws<ExternalException>(() => from_file(path, false, 11, float32)).Message, StringComparison.Ordinal);
        File.Delete(path);
    }

    [Fact]
    public void Arrays_of_several_dimensions_keep_their_shape()
    {
        var x = tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } });

        Assert.Equal([2, 3], x.shape);
        Assert.Equal(6, x[1, 2].ToSingle());
        Assert.Equal(x.t().data<float>().ToArray(), (float[])[1, 4, 2, 5, 3, 6]);
        Assert.Equal(new long[,] { { 1, 2 } }, tensor(new long[,] { { 1, 2 } }).data<long>().ToNDArray());
    }

    [Fact]
    public void Index_expressions_read_and_write()
    {
        var x = arange(24).reshape(2, 3, 4);

        Assert.Equal(23, x[1, 2, 3].ToInt64());
        Assert.Equal(23, x[^1, ^1, ^1].ToInt64());
        Assert.Equal([0, 4, 8], x[0, TensorIndex.Ellipsis, 0].data<long>().ToArray());
        Assert.Equal([2, 2, 2], x[TensorIndex.Colon, ..2, 1..3].shape);
        Assert.Equal([2, 1, 3, 4], x[TensorIndex.Colon, TensorIndex.None].shape);
        Assert.Equal([1, 3], x[0, 0][TensorIndex.Slice(1, null, 2)].data<long>().ToArray());
        Assert.Equal([20, 21, 22, 23], x[TensorIndex.Tensor(x > 19)].data<long>().ToArray());

        x[0, TensorIndex.Colon, 0] = tensor(-1L);
        x[TensorIndex.Tensor(x > 20)] = tensor(0L);

        Assert.Equal(-3, x[0, TensorIndex.Colon, 0].sum().ToInt64());
        Assert.Equal(20, x.max().ToInt64());
    }

    [Fact]
    public void Bytes_show_and_set_the_memory()
    {
        var x = zeros(2, int32);

        x.bytes[4] = 9;
        Assert.Equal([0, 9], x.data<int>().ToArray());

        x.bytes = new byte[] { 1, 0, 0, 0, 2, 0, 0, 0 };
        Assert.Equal([1, 2], x.data<int>().ToArray());
        Assert.Throws<ArgumentException>(() => x.bytes = new byte[7]);
        Assert.Throws<ArgumentException>(() => x.data<float>());
    }

    [Fact]
    public void Writing_and_reading_a_stream_keeps_the_bits()
    {
        var x = randn(5, 7).bfloat16().t();
        var stream = new MemoryStream();

        x.WriteBytesToStream(stream);
        stream.Position = 0;
        var y = zeros(7, 5, bfloat16);
        y.ReadBytesFromStream(stream);

        Assert.Equal(70, stream.Length);
        Assert.True(x.Equals(y));
    }

    [Fact]
    public void Numbers_beside_a_tensor_keep_its_type()
    {
        Assert.Equal(bfloat16, (ones(2, bfloat16) * 1.5 + 1).dtype);
        Assert.Equal(int64, (arange(3) * 2).dtype);
        Assert.Equal(float32, (arange(3) * 2.5).dtype);
        Assert.Equal(float32, full(2, 1.5).dtype);
        Assert.Equal(int64, full(2, 1).dtype);
        Assert.Equal(@bool, (arange(3) > 1).dtype);
        Assert.Equal([3f, 2, 1.5f], (3 / tensor((float[])[1, 1.5f, 2])).data<float>().ToArray());
        Assert.Equal([2f, 1], (3 - tensor((float[])[1, 2])).data<float>().ToArray());
    }

    [Fact]
    public void Type_conversion_copies_only_when_it_must()
    {
        var x = ones(2);

        x.to(float32).fill_(5);
        x.to(float32, copy: true).fill_(6);
        x.to(float64).fill_(7);

        Assert.Equal([5, 5], x.data<float>().ToArray());
    }

    [Fact]
    public void Seeds_make_random_numbers_repeat()
    {
        manual_seed(42);
        var first = (randn(5), rand(5), randperm(10), ones(20).bernoulli_(0.5), full(1, 8, 0.125f).multinomial(4));
        manual_seed(42);
        var second = (randn(5), rand(5), randperm(10), ones(20).bernoulli_(0.5), full(1, 8, 0.125f).multinomial(4));

        Assert.True(first.Item1.Equals(second.Item1) && first.Item2.Equals(second.Item2) && first.Item3.Equals(second.Item3));
        Assert.True(first.Item4.Equals(second.Item4) && first.Item5.Equals(second.Item5));
        Assert.False(randn(5).Equals(first.Item1));
    }

    [Fact]
    public void A_generator_of_ones_own_repeats_without_the_default_one()
    {
        using Generator a = new(5), b = new(5);
        manual_seed(1);
        var untouched = randn(3);
        manual_seed(1);

        var (x, state) = (randn(4, generator: a), a.get_state());
        var next = rand(2, generator: a);
        a.set_state(state);

        Assert.True(x.Equals(randn(4, generator: b)));
        Assert.True(next.Equals(rand(2, generator: a)));
        Assert.True(untouched.Equals(randn(3)));
    }

    [Fact]
    public void Sorting_and_choosing_give_values_and_positions()
    {
        var x = tensor((float[])[3, 1, 2]);

        var (values, indices) = x.topk(2);

        Assert.Equal([3, 2], values.data<float>().ToArray());
        Assert.Equal([0, 2], indices.data<long>().ToArray());
        Assert.Equal([1, 2, 0], x.sort().Indices.data<long>().ToArray());
        Assert.Equal([1, 2, 0], x.argsort().data<long>().ToArray());
        Assert.Equal(0, x.argmax().ToInt64());
        Assert.Equal([2, 0, 1], bincount(tensor((long[])[0, 2, 0])).data<long>().ToArray());
    }

    [Fact]
    public void Sizes_strides_and_offsets_are_libtorchs()
    {
        var x = arange(12).reshape(3, 4).narrow(1, 1, 2);

        Assert.Equal([3, 2], x.shape);
        Assert.Equal([4, 1], x.stride());
        Assert.Equal((1, 6, 8), (x.storage_offset(), x.numel(), x.element_size()));
        Assert.Equal((2L, 3L), (x.size(-1), x.size(0)));
        Assert.False(x.is_contiguous());
        Assert.True(x.contiguous().is_contiguous());
        Assert.Equal(0, tensor(1f).dim());
    }
}
