using static TorchSharp.Door;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>
/// One argument of an operator, made by conversion at the call. It also holds the managed object, so that no tensor is collected during the call.
/// Null becomes the schema's None.
/// </summary>
internal readonly struct Argument
{
    public readonly Tag Tag;
    public readonly int Count;
    public readonly long Bits;
    public readonly object? Held;

    private Argument(Tag tag, long bits = 0, object? held = null, int count = 0) => (Tag, Bits, Held, Count) = (tag, bits, held, count);

    public static implicit operator Argument(Tensor? value) => value is null ? default : new(Tag.Tensor, value.Handle, value);
    public static implicit operator Argument(int value) => new(Tag.Int, value);
    public static implicit operator Argument(long value) => new(Tag.Int, value);
    public static implicit operator Argument(double value) => new(Tag.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Argument(bool value) => new(Tag.Bool, value ? 1 : 0);
    public static implicit operator Argument(long? value) => value is { } v ? v : default(Argument);
    public static implicit operator Argument(int? value) => value is { } v ? v : default(Argument);
    public static implicit operator Argument(double? value) => value is { } v ? v : default(Argument);
    public static implicit operator Argument(bool? value) => value is { } v ? v : default(Argument);
    public static implicit operator Argument(Scalar? value) => value is null ? default : value.Type switch
    {
        ScalarType.Bool => value.ToBoolean(),
        ScalarType.Float64 => value.ToDouble(),
        _ => value.ToInt64(),
    };
    public static implicit operator Argument(ScalarType value) => (int)value;
    public static implicit operator Argument(ScalarType? value) => (int?)value;
    public static implicit operator Argument(long[]? value) => value is null ? default : new(Tag.IntList, 0, value, value.Length);
    public static implicit operator Argument(ReadOnlySpan<long> value) => value.ToArray();
    public static implicit operator Argument(double[]? value) => value is null ? default : new(Tag.DoubleList, 0, value, value.Length);
    public static implicit operator Argument(Tensor[] value) => new(Tag.TensorList, 0, value, value.Length);
    public static implicit operator Argument(ReadOnlySpan<Tensor> value) => value.ToArray();
    public static implicit operator Argument(string? value) => value is null ? default : Text(System.Text.Encoding.UTF8.GetBytes(value));
    public static implicit operator Argument(Device? value) => value is null ? default : new(Tag.Device, (int)value.type, null, value.index);
    public static implicit operator Argument(Generator? value) => value is null ? default : new(Tag.Generator, value.Handle, value);

    /// <summary>A list whose missing entries mean "all of this dimension" (advanced indexing).</summary>
    public static Argument Indices(Tensor?[] value) => new(Tag.OptionalTensorList, 0, value, value.Length);

    private static Argument Text(byte[] utf8) => new(Tag.Text, 0, utf8, utf8.Length);

    /// <summary>8-byte words that <see cref="CopyList"/> needs; 0 when this is no list.</summary>
    public int Words => Tag is Tag.Text ? (Count + 7) / 8 : Tag is Tag.Device ? 0 : Count;

    /// <summary>Copies a list's items (numbers, handles, UTF-8) to where libtorch reads them.</summary>
    public unsafe void CopyList(long* target)
    {
        switch (Held)
        {
            case long[] numbers:
                numbers.CopyTo(new Span<long>(target, Count));
                break;
            case double[] numbers:
                numbers.CopyTo(new Span<double>(target, Count));
                break;
            case byte[] utf8:
                utf8.CopyTo(new Span<byte>(target, Count));
                break;
            case Tensor?[] tensors:
                for (var k = 0; k < Count; k++)
                {
                    target[k] = tensors[k]?.Handle ?? 0;
                }
                break;
        }
    }

    /// <summary>How an error text shows this argument: Float32[2, 3], a number, or a list.</summary>
    public override string ToString() => Tag switch
    {
        Tag.None => "none",
        Tag.Tensor => ((Tensor)Held!).Signature(),
        Tag.Int => Bits.ToString(),
        Tag.Double => BitConverter.Int64BitsToDouble(Bits).ToString(),
        Tag.Bool => Bits != 0 ? "true" : "false",
        Tag.IntList => $"[{string.Join(", ", (long[])Held!)}]",
        Tag.DoubleList => $"[{string.Join(", ", (double[])Held!)}]",
        Tag.TensorList or Tag.OptionalTensorList => $"[{string.Join(", ", ((Tensor?[])Held!).Select(t => t?.Signature() ?? "none"))}]",
        Tag.Device => new Device((DeviceType)Bits, Count).ToString(),
        Tag.Text => $"'{System.Text.Encoding.UTF8.GetString((byte[])Held!)}'",
        _ => "generator",
    };
}
