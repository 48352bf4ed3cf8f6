using System.Globalization;
using System.Numerics;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Filters on numbers.</summary>
internal static class NumberFilters
{
    public static IReadOnlyDictionary<string, Func<object?, CallArguments, object?>> All { get; } = new Dictionary<string, Func<object?, CallArguments, object?>>
    {
        ["abs"] = (value, _) => PythonNumbers.Whole(value) is { } whole ? PythonNumbers.Shrunk(BigInteger.Abs(whole)) : Math.Abs(Number(value)),
        ["int"] = (value, arguments) => Integer(value, arguments.Get(0, "default", 0L), arguments.Integer(1, "base", 10)),
        ["float"] = (value, arguments) => Float(value) ?? arguments.Get(0, "default", 0d),
        ["round"] = (value, arguments) => Rounded(value, (int)Math.Clamp(arguments.Integer(0, "precision", 0), -400, 400), arguments.Text(1, "method", "common")),
        ["filesizeformat"] = (value, arguments) => FileSize(Float(value) ?? throw new PythonError($"{Python.Described(value)} is not a number."), arguments.IsTrue(0, "binary")),
    };

    private static double Number(object? value) => PythonNumbers.Number(value) ?? throw new PythonError($"{Python.Described(value)} is not a number.");

    private static object? Integer(object? value, object? otherwise, long radix)
    {
        if (value is Undefined)
        {
            throw new PythonError("an undefined value is no number.");
        }

        return value is string text && Digits(text, radix) is { } parsed ? PythonNumbers.Shrunk(parsed)
            : PythonNumbers.Whole(value) is { } whole ? PythonNumbers.Shrunk(whole)
            : Float(value) is { } number && double.IsFinite(number) ? PythonNumbers.Shrunk(new BigInteger(number))
            : otherwise;
    }

    private static BigInteger? Digits(string text, long radix)
    {
        var digits = StringMethods.Stripped(text, null).Replace("_", "");
        var negative = digits.StartsWith('-');
        digits = digits.StartsWith('-') || digits.StartsWith('+') ? digits[1..] : digits;
        digits = radix is 2 or 8 or 16 && digits.Length > 2 && digits[0] == '0' && char.IsAsciiLetter(digits[1]) ? digits[2..] : digits;
        if (digits.Length is 0 or > 4300 || radix is < 2 or > 36)
        {
            return null;
        }

        var value = BigInteger.Zero;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) - 'a' + 10 : 99;
            if (digit >= radix)
            {
                return null;
            }

            value = value * radix + digit;
        }

        return negative ? -value : value;
    }

    private static double? Float(object? value) => value switch
    {
        Undefined => throw new PythonError("an undefined value is no number."),
        string text => Parsed(StringMethods.Stripped(text, null)),
        _ => PythonNumbers.Number(value),
    };

    private static double? Parsed(string text) => text.ToLowerInvariant().TrimStart('+', '-') switch
    {
        "inf" or "infinity" => text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity,
        "nan" => double.NaN,
        _ => double.TryParse(text.Replace("_", ""), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
    };

    private static object Rounded(object? value, int precision, string method)
    {
        if (method == "common")
        {
            return PythonNumbers.Whole(value) is { } whole ? RoundedWhole(whole, precision) : PythonFloat.Rounded(Number(value), precision);
        }

        var scaled = Number(value) * Math.Pow(10, precision);
        return method switch
        {
            "ceil" => Math.Ceiling(scaled) / Math.Pow(10, precision),
            "floor" => Math.Floor(scaled) / Math.Pow(10, precision),
            _ => throw new PythonError($"round's method is common, ceil or floor, not '{method}'."),
        };
    }

    // round(1250, -2) is 1200: ties to even.
    private static object RoundedWhole(BigInteger value, int precision)
    {
        if (precision >= 0)
        {
            return PythonNumbers.Shrunk(value);
        }

        var unit = BigInteger.Pow(10, -precision);
        var (quotient, remainder) = BigInteger.DivRem(BigInteger.Abs(value), unit);
        var half = (2 * remainder).CompareTo(unit);
        return PythonNumbers.Shrunk(value.Sign * unit * (half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient));
    }

    private static string FileSize(double bytes, bool binary)
    {
        var (unit, names) = binary ? (1024d, (string[])["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"]) : (1000d, ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"]);
        if (bytes < unit)
        {
            return bytes == 1 ? "1 Byte" : $"{(long)bytes} Bytes";
        }

        var power = 1;
        while (power < names.Length && bytes >= Math.Pow(unit, power + 1))
        {
            power++;
        }

        return $"{PythonFloat.Fixed(bytes / Math.Pow(unit, power), 1)} {names[power - 1]}";
    }
}
