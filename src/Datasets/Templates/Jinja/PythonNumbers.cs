using System.Numerics;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Python's operators. Whole numbers have no largest one; floats are doubles.</summary>
internal static class PythonNumbers
{
    /// <summary>Far more than any template needs; without it a power could fill the memory.</summary>
    private const long MostBits = 10_000;

    /// <summary>Null when it is not a whole number; True is 1.</summary>
    public static BigInteger? Whole(object? value) => value switch
    {
        long integer => integer,
        bool truth => truth ? 1 : 0,
        BigInteger big => big,
        _ => null,
    };

    /// <summary>Null when it is not a number.</summary>
    public static double? Number(object? value) => value is double number ? number : Whole(value) is { } whole ? (double)whole : null;

    /// <summary>The value that stands for it: long where it fits.</summary>
    public static object Shrunk(BigInteger value) => value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;

    public static object? Calculate(string sign, object? left, object? right) => (sign, left, right) switch
    {
        ("+", string a, string b) => Joined(a, b),
        ("+", List<object?> a, List<object?> b) when a is PythonTuple == b is PythonTuple => Joined(a, b),
        ("*", string text, long or bool) => Repeated(text, Python.Integer(right)),
        ("*", long or bool, string text) => Repeated(text, Python.Integer(left)),
        ("*", List<object?> list, long or bool) => Repeated(list, Python.Integer(right)),
        ("*", long or bool, List<object?> list) => Repeated(list, Python.Integer(left)),
        ("%", string format, _) => PercentFormat.Apply(format, right),
        _ when Whole(left) is { } a && Whole(right) is { } b => OfWhole(sign, a, b),
        _ when Number(left) is { } a && Number(right) is { } b => OfFloats(sign, a, b),
        _ => throw new PythonError($"{Python.Described(left)} {sign} {Python.Described(right)} cannot be calculated."),
    };

    public static object Negated(object? value) => Whole(value) is { } whole ? Shrunk(-whole)
        : value is double number ? -number : throw new PythonError($"-{Python.Described(value)} cannot be calculated.");

    private static object OfWhole(string sign, BigInteger a, BigInteger b) => sign switch
    {
        "+" => Shrunk(a + b),
        "-" => Shrunk(a - b),
        "*" => a.GetBitLength() + b.GetBitLength() <= MostBits ? Shrunk(a * b) : throw TooLarge(),
        "**" => Power(a, b),
        _ when b.IsZero => throw DivisionByZero(),
        "/" => (double)a / (double)b,
        "//" => Shrunk(Floored(a, b).Quotient),
        _ => Shrunk(Floored(a, b).Remainder),
    };

    private static double OfFloats(string sign, double a, double b) => sign switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "**" => a < 0 && b != Math.Floor(b) ? throw new PythonError("the root of a negative number cannot be taken.") : Math.Pow(a, b),
        _ when b == 0 => throw DivisionByZero(),
        "/" => a / b,
        "//" => Math.Floor((a - Modulo(a, b)) / b + 0.5),      // a - a % b is a multiple of b but for rounding
        _ => Modulo(a, b),
    };

    // The sign of the divisor, as everywhere in Python.
    private static double Modulo(double a, double b) => a % b is var rest && rest != 0 && rest < 0 != b < 0 ? rest + b : rest == 0 ? Math.CopySign(0, b) : rest;

    private static (BigInteger Quotient, BigInteger Remainder) Floored(BigInteger a, BigInteger b)
    {
        var (quotient, remainder) = BigInteger.DivRem(a, b);
        return !remainder.IsZero && remainder.Sign != b.Sign ? (quotient - 1, remainder + b) : (quotient, remainder);
    }

    private static object Power(BigInteger a, BigInteger b)
    {
        if (b.Sign < 0)
        {
            return a.IsZero ? throw DivisionByZero() : Math.Pow((double)a, (double)b);
        }

        if (a.IsZero || BigInteger.Abs(a).IsOne)
        {
            return b.IsZero || (a.Sign < 0 && b.IsEven) ? 1L : (long)a;
        }

        return b * a.GetBitLength() <= MostBits ? Shrunk(BigInteger.Pow(a, (int)b)) : throw TooLarge();
    }

    private static string Joined(string a, string b)
    {
        Meter.Make(a.Length + b.Length);
        return a + b;
    }

    private static List<object?> Joined(List<object?> a, List<object?> b)
    {
        Meter.Make(4L * (a.Count + b.Count));
        return a is PythonTuple ? new PythonTuple(a.Concat(b)) : [.. a, .. b];
    }

    public static string Repeated(string text, long count)
    {
        Meter.Make(Room(text.Length, count));
        return text.Length == 0 ? "" : string.Concat(Enumerable.Repeat(text, (int)Math.Max(count, 0)));
    }

    private static List<object?> Repeated(List<object?> list, long count)
    {
        Meter.Make(Room(4L * list.Count, count));
        var items = Enumerable.Repeat(list, list.Count == 0 ? 0 : (int)Math.Clamp(count, 0, int.MaxValue)).SelectMany(item => item);
        return list is PythonTuple ? new PythonTuple(items) : items.ToList();
    }

    // Without overflow: what is too much stays too much.
    private static long Room(long length, long count) => length == 0 || count <= 0 ? 0 : count > long.MaxValue / length ? long.MaxValue : length * count;

    private static PythonError DivisionByZero() => new("division by zero.");

    private static PythonError TooLarge() => new($"the number has more than {MostBits} bits.");
}
