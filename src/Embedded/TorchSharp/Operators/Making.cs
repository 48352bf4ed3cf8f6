using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.Aten;

namespace TorchSharp;

// The other factories, and what they all go through.
public static partial class torch
{
    /// <summary>start, start + step, ... below stop. Integers unless a bound is a float or dtype says otherwise.</summary>
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var floats = start.Type == ScalarType.Float64 || stop.Type == ScalarType.Float64 || step.Type == ScalarType.Float64;
        return Call("arange.start_step", start, stop, step, dtype ?? (floats ? defaultDtype : ScalarType.Int64), default, device ?? defaultDevice).requires_grad_(requires_grad);
    }

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Call("linspace", start, end, steps, dtype ?? defaultDtype, default, device ?? defaultDevice).requires_grad_(requires_grad);

    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Call("eye.m", rows, columns < 0 ? rows : columns, dtype ?? defaultDtype, default, device ?? defaultDevice).requires_grad_(requires_grad);

    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Call("randint.low_generator", low, high, size, generator, dtype ?? ScalarType.Int64, default, device ?? defaultDevice).requires_grad_(requires_grad);

    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator, names);

    public static Tensor randint(long low, long high, Size size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(low, high, size.Shape, dtype, device, requires_grad, generator, names);

    public static Tensor randint(long high, Size size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(0, high, size.Shape, dtype, device, requires_grad, generator, names);

    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        Call("randperm.generator", n, generator, dtype ?? ScalarType.Int64, default, device ?? defaultDevice).requires_grad_(requires_grad);

    public static Tensor normal(double mean, double std, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        empty(size, dtype, device).normal_(mean, std, generator).requires_grad_(requires_grad);

    /// <summary>Maps a file from its start; with <paramref name="shared"/> changes go back to the file. A file shorter than the tensor is an error.</summary>
    /// <param name="size">In elements.</param>
    public static Tensor from_file(string filename, bool? shared = null, long? size = 0, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Call("from_file", filename, shared, size, dtype ?? defaultDtype, default, device ?? defaultDevice).requires_grad_(requires_grad);

    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, default, device);

    /// <summary>A tensor with the array's shape; the elements are copied.</summary>
    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        var type = TypeOf(rawArray.GetType().GetElementType()!);
        var here = empty(Lengths(rawArray), type, CPU);
        Flat<byte>(rawArray, here.numel() * here.element_size()).CopyTo(here.bytes);
        return Placed(here, dtype, device, requires_grad);
    }

    public static Tensor as_tensor(Tensor data, ScalarType? dtype = null, Device? device = null) => data.to(dtype ?? data.dtype, device ?? data.device);

    public static Tensor tril_indices(long row, long col, long offset = 0, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Call("tril_indices", row, col, offset, dtype, default, device ?? defaultDevice);

    public static Tensor triu_indices(long row, long col, long offset = 0, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Call("triu_indices", row, col, offset, dtype, default, device ?? defaultDevice);

    public static Tensor empty_strided(long[] size, long[] strides, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Call("empty_strided", size, strides, dtype ?? defaultDtype, default, device ?? defaultDevice).requires_grad_(requires_grad);

    private static Tensor Made(string op, ReadOnlySpan<long> size, ScalarType? dtype, Device? device, bool requires_grad, string[]? names) =>
        Finished(Call(op == "empty" ? "empty.memory_format" : op, size, dtype ?? defaultDtype, default, device ?? defaultDevice), requires_grad, names);

    private static Tensor Filled(string op, ReadOnlySpan<long> size, Scalar value, ScalarType? dtype, Device? device, bool requires_grad, string[]? names) =>
        Finished(Call(op, size, value, dtype ?? Natural(value), default, device ?? defaultDevice), requires_grad, names);

    private static Tensor Drawn(string op, ReadOnlySpan<long> size, Generator? generator, ScalarType? dtype, Device? device, bool requires_grad, string[]? names) =>
        Finished(Call(op + ".generator", size, generator, dtype ?? defaultDtype, default, device ?? defaultDevice), requires_grad, names);

    private static Tensor Finished(Tensor made, bool requires_grad, string[]? names) => names is null
        ? requires_grad ? made.requires_grad_() : made
        : throw new NotSupportedException("Named dimensions are not supported.");

    private static ScalarType Natural(Scalar value) => value.Type == ScalarType.Float64 ? defaultDtype : value.Type;

    private static Tensor Copied<T>(ReadOnlySpan<T> numbers, long[] dimensions, ScalarType? dtype, Device? device, bool requires_grad) where T : unmanaged
    {
        var here = empty(dimensions, TypeOf<T>(), CPU);
        if (here.numel() != numbers.Length)
        {
            throw new ArgumentException($"tensor: {numbers.Length} numbers do not fill the shape [{string.Join(", ", dimensions)}].");
        }
        unsafe
        {
            numbers.CopyTo(new Span<T>((void*)here.DataPointer("tensor"), numbers.Length));
        }
        return Placed(here, dtype, device, requires_grad);
    }

    private static Tensor Placed(Tensor here, ScalarType? dtype, Device? device, bool requires_grad)
    {
        var type = dtype ?? here.dtype;
        var place = device ?? defaultDevice;
        if (type != here.dtype || place.type != DeviceType.CPU)
        {
            using (here)
            {
                return here.to(type, place).requires_grad_(requires_grad);
            }
        }
        return requires_grad ? here.requires_grad_() : here;
    }

    private static ReadOnlySpan<T> Listed<T>(IList<T> numbers) => numbers is List<T> list ? CollectionsMarshal.AsSpan(list) : numbers as T[] ?? numbers.ToArray();

    private static ReadOnlySpan<T> Flat<T>(Array array) => Flat<T>(array, array.LongLength);

    private static ReadOnlySpan<T> Flat<T>(Array array, long length) =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(array)), checked((int)length));

    private static long[] Lengths(Array array) => [.. Enumerable.Range(0, array.Rank).Select(array.GetLongLength)];
}
