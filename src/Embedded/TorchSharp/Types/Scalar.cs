using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>A number beside tensors: an integer, a float (held as double) or a bool. It holds nothing native here; Dispose is kept for the API.</summary>
public sealed class Scalar : IDisposable
{
    private readonly double real;
    private readonly long whole;

    private Scalar(double value) => (Type, real) = (ScalarType.Float64, value);

    private Scalar(long value) => (Type, whole) = (ScalarType.Int64, value);

    private Scalar(bool value) => (Type, whole) = (ScalarType.Bool, value ? 1 : 0);

    public ScalarType Type { get; }

    internal double Real => Type == ScalarType.Float64 ? real : whole;

    internal long Whole => Type == ScalarType.Float64 ? (long)real : whole;

    public static implicit operator Scalar(byte value) => new((long)value);
    public static implicit operator Scalar(sbyte value) => new((long)value);
    public static implicit operator Scalar(short value) => new((long)value);
    public static implicit operator Scalar(int value) => new((long)value);
    public static implicit operator Scalar(long value) => new(value);
    public static implicit operator Scalar(float value) => new((double)value);
    public static implicit operator Scalar(double value) => new(value);
    public static implicit operator Scalar(Half value) => new((double)value);
    public static implicit operator Scalar(BFloat16 value) => new((double)value);
    public static implicit operator Scalar(bool value) => new(value);

    public void Dispose()
    {
    }
}

public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => value;
    public static Scalar ToScalar(this sbyte value) => value;
    public static Scalar ToScalar(this short value) => value;
    public static Scalar ToScalar(this int value) => value;
    public static Scalar ToScalar(this long value) => value;
    public static Scalar ToScalar(this float value) => value;
    public static Scalar ToScalar(this double value) => value;
    public static Scalar ToScalar(this bool value) => value;
    public static Scalar ToScalar(this Half value) => value;
    public static Scalar ToScalar(this BFloat16 value) => value;
    public static Scalar ToBFloat16Scalar(this float value) => (BFloat16)value;

    public static double ToDouble(this Scalar value) => value.Real;
    public static float ToSingle(this Scalar value) => (float)value.Real;
    public static Half ToHalf(this Scalar value) => (Half)value.Real;
    public static BFloat16 ToBFloat16(this Scalar value) => (BFloat16)value.Real;
    public static long ToInt64(this Scalar value) => value.Whole;
    public static int ToInt32(this Scalar value) => (int)value.Whole;
    public static short ToInt16(this Scalar value) => (short)value.Whole;
    public static sbyte ToSByte(this Scalar value) => (sbyte)value.Whole;
    public static byte ToByte(this Scalar value) => (byte)value.Whole;
    public static bool ToBoolean(this Scalar value) => value.Real != 0;
}
