using System.Globalization;
using System.Numerics;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Python's format specification: [[fill]align][sign][#][0][width][grouping][.precision][type].</summary>
/// <param name="Align">&lt;, &gt;, ^, or = for padding after the sign; null for what the value's kind has.</param>
internal sealed record FormatSpec(
    char Fill = ' ', char? Align = null, char Sign = '-', bool Alternate = false, int Width = 0, char? Grouping = null, int? Precision = null, char? Type = null)
{
    private const string Aligns = "<>=^";

    public static FormatSpec Parse(string text)
    {
        var (spec, at) = (new FormatSpec(), 0);
        if (text.Length > 1 && Aligns.Contains(text[1]))
        {
            (spec, at) = (spec with { Fill = text[0], Align = text[1] }, 2);
        }
        else if (text.Length > 0 && Aligns.Contains(text[0]))
        {
            (spec, at) = (spec with { Align = text[0] }, 1);
        }

        spec = At('+') || At('-') || At(' ') ? spec with { Sign = text[at++] } : spec;
        spec = Take('#') ? spec with { Alternate = true } : spec;
        spec = Take('0') && spec.Align is null ? spec with { Fill = '0', Align = '=' } : spec;
        spec = spec with { Width = Digits(text, ref at) ?? 0 };
        spec = At(',') || At('_') ? spec with { Grouping = text[at++] } : spec;
        spec = Take('.') ? spec with { Precision = Digits(text, ref at) ?? throw Wrong() } : spec;
        spec = at < text.Length ? spec with { Type = text[at++] } : spec;
        return at == text.Length ? spec : throw Wrong();

        bool At(char c) => at < text.Length && text[at] == c;

        bool Take(char c)
        {
            var there = At(c);
            at += there ? 1 : 0;
            return there;
        }

        PythonError Wrong() => new($"'{text}' is no format.");
    }

    public static int? Digits(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return at == start ? null : int.TryParse(text.AsSpan(start, at - start), CultureInfo.InvariantCulture, out var number) ? number
            : throw new PythonError($"a width of {text[start..at]} is too large.");
    }

    public string Format(object? value) => value switch
    {
        string text when Type is null or 's' => (this with { Align = Align is null or '=' ? '<' : Align }).Padded(Precision is { } most ? PythonText.Slice(text, 0, most, null) : text),
        _ when this == new FormatSpec() => Python.Str(value),
        _ when PythonNumbers.Whole(value) is { } whole && Type is null or 'd' or 'b' or 'o' or 'x' or 'X' or 'n' => Integer(whole, Type ?? 'd'),
        _ when PythonNumbers.Whole(value) is { } code && Type == 'c' => Padded(char.ConvertFromUtf32((int)BigInteger.Min(BigInteger.Max(code, 0), 0xD7FF))),
        _ when PythonNumbers.Number(value) is { } number => Float(number, Type ?? (value is double ? '\0' : 'f')),
        _ => throw new PythonError($"{Python.Described(value)} has no format '{Type}' with these settings."),
    };

    public string Integer(BigInteger value, char type)
    {
        Meter.Make(value.GetBitLength());
        var magnitude = BigInteger.Abs(value);
        var digits = type switch
        {
            'x' => Hexadecimal(magnitude).ToLowerInvariant(),
            'X' => Hexadecimal(magnitude),
            'b' => magnitude.ToString("B", CultureInfo.InvariantCulture).TrimStart('0').PadLeft(1, '0'),
            'o' => Octal(magnitude),
            _ => magnitude.ToString(CultureInfo.InvariantCulture),
        };
        var prefix = Alternate && type != 'd' ? $"0{type}" : "";
        return Numeric(SignOf(value.Sign < 0), prefix + Grouped(Precision is { } least && type != 'n' ? digits.PadLeft(Checked(least), '0') : digits, type == 'd' ? 3 : 4));
    }

    /// <param name="type">e, f, g, %, or 0 for what <c>str</c> writes.</param>
    public string Float(double value, char type)
    {
        if (!double.IsFinite(value))
        {
            var special = PythonFloat.Special(Math.Abs(value));
            return (this with { Fill = Fill == '0' ? ' ' : Fill, Align = Align == '=' ? '>' : Align }).Numeric(SignOf(value < 0), char.IsUpper(type) ? special.ToUpperInvariant() : special);
        }

        var precision = Checked(Precision ?? 6);
        var digits = char.ToLowerInvariant(type) switch
        {
            'f' => PythonFloat.Fixed(value, precision),
            'e' => Exponential(PythonFloat.Scientific(value, precision)),
            '%' => PythonFloat.Fixed(value * 100, precision) + "%",
            'g' or 'n' => General(value, precision, least: false),
            '\0' => Precision is null ? PythonFloat.Repr(Math.Abs(value)) : General(value, precision, least: true),
            _ => throw new PythonError($"'{type}' is no format for a number."),
        };
        return Numeric(SignOf(double.IsNegative(value)), Grouped(char.IsUpper(type) ? digits.ToUpperInvariant() : digits, 3));
    }

    public string Padded(string text)
    {
        var missing = Width - PythonText.Length(text);
        if (missing <= 0)
        {
            return text;
        }

        Meter.Make(Width);
        var left = Align switch { '<' => 0, '^' => missing / 2, _ => missing };
        return new string(Fill, left) + text + new string(Fill, missing - left);
    }

    // '=' puts the padding between sign and digits.
    private string Numeric(string sign, string digits)
    {
        if (Align != '=')
        {
            return (this with { Align = Align ?? '>' }).Padded(sign + digits);
        }

        Meter.Make(Width);
        return sign + digits.PadLeft(Math.Max(0, Width - sign.Length), Fill);
    }

    private string SignOf(bool negative) => negative ? "-" : Sign == '-' ? "" : Sign.ToString();

    private string Grouped(string digits, int size)
    {
        if (Grouping is not { } separator)
        {
            return digits;
        }

        var whole = digits.IndexOfAny(['.', 'e', '%']) is >= 0 and var end ? end : digits.Length;
        for (var at = whole - size; at > 0; at -= size)
        {
            digits = digits.Insert(at, separator.ToString());
        }

        return digits;
    }

    // %g: so many significant digits, zeros at the end dropped, an exponent where it is shorter.
    private string General(double value, int precision, bool least)
    {
        precision = Math.Max(1, precision);
        var (mantissa, exponent) = PythonFloat.Scientific(value, precision - 1);
        if (exponent < -4 || exponent >= precision - (least ? 1 : 0))
        {
            return Exponential((Trimmed(mantissa), exponent));
        }

        var digits = Trimmed(PythonFloat.Fixed(value, precision - 1 - exponent));
        return least && !digits.Contains('.') ? digits + ".0" : digits;
    }

    private string Trimmed(string digits) => Alternate || !digits.Contains('.') ? digits : digits.TrimEnd('0').TrimEnd('.');

    private static string Exponential((string Mantissa, int Exponent) number) => $"{number.Mantissa}e{(number.Exponent < 0 ? "-" : "+")}{Math.Abs(number.Exponent):00}";

    private static int Checked(int precision) => precision <= 1000 ? precision : throw new PythonError($"a precision of {precision} is too large.");

    private static string Hexadecimal(BigInteger value) => value.ToString("X", CultureInfo.InvariantCulture).TrimStart('0').PadLeft(1, '0');

    private static string Octal(BigInteger value)
    {
        var digits = "";
        do
        {
            digits = (char)('0' + (int)(value % 8)) + digits;
            value /= 8;
        }
        while (!value.IsZero);
        return digits;
    }
}
