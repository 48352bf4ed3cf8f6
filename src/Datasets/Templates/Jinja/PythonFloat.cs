using System.Globalization;
using System.Numerics;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Floats as Python writes and rounds them: from the exact binary value, ties to even.</summary>
internal static class PythonFloat
{
    /// <summary>The shortest text that reads back as the same number; with an exponent below 1e-4 and from 1e16.</summary>
    public static string Repr(double number)
    {
        if (!double.IsFinite(number))
        {
            return Special(number);
        }

        var (digits, exponent) = Shortest(Math.Abs(number));
        var sign = double.IsNegative(number) ? "-" : "";
        return exponent switch
        {
            < -4 or >= 16 => $"{sign}{digits[..1]}{(digits.Length > 1 ? "." : "")}{digits[1..]}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent):00}",
            < 0 => $"{sign}0.{new string('0', -exponent - 1)}{digits}",
            _ => $"{sign}{digits.PadRight(exponent + 1, '0')[..(exponent + 1)]}.{(digits.Length > exponent + 1 ? digits[(exponent + 1)..] : "0")}",
        };
    }

    /// <summary>nan, inf or -inf.</summary>
    public static string Special(double number) => double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";

    /// <summary>|number| · 10^places to the nearest whole number, ties to even; exact.</summary>
    public static BigInteger Scaled(double number, int places)
    {
        var bits = BitConverter.DoubleToInt64Bits(Math.Abs(number));
        var biased = (int)(bits >> 52);
        BigInteger numerator = (bits & 0xFFFFFFFFFFFFF) | (biased == 0 ? 0 : 1L << 52);
        var exponent = Math.Max(biased, 1) - 1075;
        var denominator = BigInteger.One;
        (numerator, denominator) = exponent >= 0 ? (numerator << exponent, denominator) : (numerator, denominator << -exponent);
        (numerator, denominator) = places >= 0 ? (numerator * BigInteger.Pow(10, places), denominator) : (numerator, denominator * BigInteger.Pow(10, -places));
        var (quotient, remainder) = BigInteger.DivRem(numerator, denominator);
        var half = (2 * remainder).CompareTo(denominator);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    /// <summary>|number| with so many decimals, as <c>%f</c> writes it.</summary>
    public static string Fixed(double number, int decimals)
    {
        Meter.Make(decimals + 320L);
        var digits = Scaled(number, decimals).ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        return decimals == 0 ? digits : $"{digits[..^decimals]}.{digits[^decimals..]}";
    }

    /// <summary>|number| as d.ddd and its power of ten, as <c>%e</c> writes it.</summary>
    public static (string Mantissa, int Exponent) Scientific(double number, int decimals)
    {
        Meter.Make(decimals + 320L);
        if (number == 0)
        {
            return (decimals == 0 ? "0" : $"0.{new string('0', decimals)}", 0);
        }

        var exponent = (int)Math.Floor(Math.Log10(Math.Abs(number)));
        string digits;
        while ((digits = Scaled(number, decimals - exponent).ToString(CultureInfo.InvariantCulture)).Length != decimals + 1)
        {
            exponent += digits.Length > decimals + 1 ? 1 : -1;
        }

        return (decimals == 0 ? digits : $"{digits[..1]}.{digits[1..]}", exponent);
    }

    /// <summary>Python's <c>round</c>: stays a float.</summary>
    public static double Rounded(double number, int decimals)
    {
        if (!double.IsFinite(number) || decimals > 323)
        {
            return number;
        }

        var scaled = Scaled(number, Math.Max(decimals, -400));
        return Math.CopySign(double.Parse($"{scaled}E{-decimals}", CultureInfo.InvariantCulture), number);
    }

    /// <summary>The digits that tell it from every other number, and the power of ten of the first.</summary>
    private static (string Digits, int Exponent) Shortest(double number)
    {
        var text = number.ToString("R", CultureInfo.InvariantCulture).Split('E');
        var point = text[0].IndexOf('.') is >= 0 and var found ? found : text[0].Length;
        var all = text[0].Replace(".", "");
        var digits = all.TrimStart('0');
        var exponent = point - 1 - (all.Length - digits.Length) + (text.Length > 1 ? int.Parse(text[1], CultureInfo.InvariantCulture) : 0);
        return digits.Length == 0 ? ("0", 0) : (digits.TrimEnd('0') is { Length: > 0 } kept ? kept : "0", exponent);
    }
}
