namespace TorchSharp;

public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
    MKLDNN = 2,
    OPENGL = 3,
    OPENCL = 4,
    IDEEP = 5,
    HIP = 6,
    FPGA = 7,
    MSNPU = 8,
    XLA = 9,
    MPS = 13,
    META = 14,
}

public static partial class torch
{
    public enum ScalarType : sbyte
    {
        Byte = 0,
        Int8 = 1,
        Int16 = 2,
        Int32 = 3,
        Int64 = 4,
        Float16 = 5,
        Float32 = 6,
        Float64 = 7,
        ComplexFloat32 = 9,
        ComplexFloat64 = 10,
        Bool = 11,
        QInt8 = 12,
        QUInt8 = 13,
        QInt32 = 14,
        BFloat16 = 15,
    }

    public static ScalarType bfloat16 = ScalarType.BFloat16;
    public static ScalarType @bool = ScalarType.Bool;
    public static ScalarType @double = ScalarType.Float64;
    public static ScalarType @float = ScalarType.Float32;
    public static ScalarType float16 = ScalarType.Float16;
    public static ScalarType float32 = ScalarType.Float32;
    public static ScalarType float64 = ScalarType.Float64;
    public static ScalarType half = ScalarType.Float16;
    public static ScalarType @int = ScalarType.Int32;
    public static ScalarType int16 = ScalarType.Int16;
    public static ScalarType int32 = ScalarType.Int32;
    public static ScalarType int64 = ScalarType.Int64;
    public static ScalarType int8 = ScalarType.Int8;
    public static ScalarType @long = ScalarType.Int64;
    public static ScalarType @short = ScalarType.Int16;
    public static ScalarType uint8 = ScalarType.Byte;

    private static ScalarType defaultDtype = ScalarType.Float32;

    public static ScalarType get_default_dtype() => defaultDtype;

    public static void set_default_dtype(ScalarType dtype) => defaultDtype = dtype;

    public static bool is_floating_point(ScalarType type) => type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;

    public static bool is_floating_point(Tensor input) => is_floating_point(input.dtype);

    public static bool is_complex(ScalarType type) => type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;

    public static bool is_complex(Tensor input) => is_complex(input.dtype);

    public static bool is_integral(ScalarType type) =>
        type is ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64 or ScalarType.Bool;

    public static bool is_integral(Tensor t) => is_integral(t.dtype);

    public static FInfo finfo() => finfo(get_default_dtype());

    public static FInfo finfo(ScalarType dtype) => dtype switch
    {
        ScalarType.Float64 => FInfo.Of(64, double.MaxValue, double.Epsilon, Math.Pow(2, -52), Math.Pow(2, -1022), 1e-15),
        ScalarType.Float32 => FInfo.Of(32, float.MaxValue, float.Epsilon, Math.Pow(2, -23), Math.Pow(2, -126), 1e-6),
        ScalarType.Float16 => FInfo.Of(16, 65504, Math.Pow(2, -24), Math.Pow(2, -10), Math.Pow(2, -14), 1e-3),
        ScalarType.BFloat16 => FInfo.Of(16, 3.3895313892515355e38, Math.Pow(2, -133), Math.Pow(2, -7), Math.Pow(2, -126), 1e-2),
        _ => throw new ArgumentException($"finfo: {dtype} is not a floating point type.", nameof(dtype)),
    };

    /// <summary>Numerical limits of a floating point type.</summary>
    public struct FInfo
    {
        public int bits;
        public double eps;
        public double max;
        public double min;
        public double tiny;
        public double smallest_normal;
        public double resolution;

        internal static FInfo Of(int bits, double max, double smallest, double eps, double normal, double resolution) =>
            new() { bits = bits, max = max, min = -max, eps = eps, tiny = normal, smallest_normal = normal, resolution = resolution };
    }
}
