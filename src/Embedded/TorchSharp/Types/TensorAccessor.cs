using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Utils;

/// <summary>The elements of a tensor on the CPU, in row-major order whatever its strides.</summary>
public sealed unsafe class TensorAccessor<T> : IEnumerable<T>, IDisposable where T : unmanaged
{
    private readonly Tensor tensor;
    private readonly T* first;
    private readonly long[] shape;
    private readonly long[] strides;
    private readonly bool contiguous;

    internal TensorAccessor(Tensor tensor)
    {
        this.tensor = tensor.alias().DetachFromDisposeScope();
        (shape, strides, contiguous) = (tensor.shape, tensor.stride(), tensor.is_contiguous());
        Count = tensor.numel();
        nint data;
        Door.Check(Door.door_data(tensor.Handle, &data), "data");
        first = (T*)data;
    }

    public long Count { get; }

    public bool IsReadOnly => false;

    public T this[params long[] indices]
    {
        get => first[Offset(indices)];
        set => first[Offset(indices)] = value;
    }

    public T[] ToArray()
    {
        var array = new T[Count];
        CopyTo(array.AsSpan());
        return array;
    }

    public Array ToNDArray()
    {
        var array = Array.CreateInstance(typeof(T), shape);
        var index = new long[shape.Length];
        for (long k = 0; k < Count; k++)
        {
            array.SetValue(first[Locate(k)], Unravel(k, index));
        }
        return array;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var count = (int)Math.Min(Count - tensorIndex, array.Length - arrayIndex);
        if (contiguous)
        {
            new ReadOnlySpan<T>(first + tensorIndex, count).CopyTo(array[arrayIndex..]);
            return;
        }
        for (var k = 0; k < count; k++)
        {
            array[arrayIndex + k] = first[Locate(tensorIndex + k)];
        }
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var count = (int)Math.Min(Count - tensorIndex, array.Length - arrayIndex);
        if (contiguous)
        {
            array.Slice(arrayIndex, count).CopyTo(new Span<T>(first + tensorIndex, count));
            return;
        }
        for (var k = 0; k < count; k++)
        {
            first[Locate(tensorIndex + k)] = array[arrayIndex + k];
        }
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (long k = 0; k < Count; k++)
        {
            yield return At(k);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public static bool operator ==(TensorAccessor<T> left, TensorAccessor<T> right) =>
        left.Count == right.Count && left.ToArray().AsSpan().SequenceEqual(right.ToArray());

    public static bool operator !=(TensorAccessor<T> left, TensorAccessor<T> right) => !(left == right);

    public override bool Equals(object? obj) => obj is TensorAccessor<T> other && this == other;

    public override int GetHashCode() => base.GetHashCode();

    public void Dispose() => tensor.Dispose();

    private T At(long k) => first[Locate(k)];

    /// <summary>Where the k-th element in row-major order lies.</summary>
    private long Locate(long k)
    {
        if (contiguous)
        {
            return k;
        }
        long offset = 0;
        for (var d = shape.Length - 1; d >= 0; d--)
        {
            offset += k % shape[d] * strides[d];
            k /= shape[d];
        }
        return offset;
    }

    private long Offset(long[] indices)
    {
        if (indices.Length == 1 && shape.Length != 1)
        {
            return Locate(indices[0]);
        }
        if (indices.Length != shape.Length)
        {
            throw new ArgumentException($"{shape.Length} indices expected, got {indices.Length}.");
        }
        long offset = 0;
        for (var d = 0; d < indices.Length; d++)
        {
            if (indices[d] < 0 || indices[d] >= shape[d])
            {
                throw new IndexOutOfRangeException($"Index {indices[d]} is outside dimension {d}, which has {shape[d]} elements.");
            }
            offset += indices[d] * strides[d];
        }
        return offset;
    }

    private long[] Unravel(long k, long[] index)
    {
        for (var d = shape.Length - 1; d >= 0; d--)
        {
            index[d] = k % shape[d];
            k /= shape[d];
        }
        return index;
    }
}
