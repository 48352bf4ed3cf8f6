using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp;

public static class TensorExtensionMethods
{
    public static float ToSingle(this Tensor value) => value.ToScalar().ToSingle();
    public static double ToDouble(this Tensor value) => value.ToScalar().ToDouble();
    public static Half ToHalf(this Tensor value) => value.ToScalar().ToHalf();
    public static BFloat16 ToBFloat16(this Tensor value) => value.ToScalar().ToBFloat16();
    public static long ToInt64(this Tensor value) => value.ToScalar().ToInt64();
    public static int ToInt32(this Tensor value) => value.ToScalar().ToInt32();
    public static short ToInt16(this Tensor value) => value.ToScalar().ToInt16();
    public static sbyte ToSByte(this Tensor value) => value.ToScalar().ToSByte();
    public static byte ToByte(this Tensor value) => value.ToScalar().ToByte();
    public static bool ToBoolean(this Tensor value) => value.ToScalar().ToBoolean();

    public static long TotalSize(this IEnumerable<long> shape) => shape.Aggregate(1L, (product, n) => product * n);

    public static int ElementSize(this ScalarType type) => type switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool or ScalarType.QInt8 or ScalarType.QUInt8 => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 or ScalarType.QInt32 => 4,
        ScalarType.Int64 or ScalarType.Float64 or ScalarType.ComplexFloat32 => 8,
        ScalarType.ComplexFloat64 => 16,
        _ => throw new NotImplementedException($"{type} has no known size."),
    };

    /// <summary>The tensor becomes the parameter's data and is empty afterwards.</summary>
    public static Parameter AsParameter(this Tensor tensor) => new(tensor);

    public static Tensor ToTensor<T>(this T scalar, Device? device = null, bool requires_grad = false) where T : struct => scalar switch
    {
        bool v => tensor(v, device: device, requires_grad: requires_grad),
        byte v => tensor(v, device, requires_grad),
        sbyte v => tensor(v, device, requires_grad),
        short v => tensor(v, device, requires_grad),
        int v => tensor(v, device, requires_grad),
        long v => tensor(v, device: device, requires_grad: requires_grad),
        float v => tensor(v, device, requires_grad),
        double v => tensor(v, device: device, requires_grad: requires_grad),
        _ => throw new NotImplementedException($"Creating a tensor of {typeof(T).Name} is not supported."),
    };

    internal static Tensor ToTensor(this Scalar scalar) => scalar.Type switch
    {
        ScalarType.Bool => tensor(scalar.ToBoolean()),
        ScalarType.Int64 => tensor(scalar.ToInt64()),
        _ => tensor(scalar.ToDouble()),
    };
}
