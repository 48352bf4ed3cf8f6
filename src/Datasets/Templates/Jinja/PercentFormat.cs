using System.Globalization;
using System.Numerics;
using System.Text;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Python's old string formatting: <c>'%s has %.2f' % (name, number)</c>.</summary>
internal static class PercentFormat
{
    public static string Apply(string format, object? arguments)
    {
        var positional = arguments is PythonTuple tuple ? tuple : new PythonTuple([arguments]);
        var (text, used) = (new StringBuilder(), 0);
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
            {
                Meter.Make(1);
                text.Append(format[at]);
                continue;
            }

            at++;
            var name = At('(') ? NameIn(format, ref at) : null;
            var spec = new FormatSpec();
            while (at < format.Length && format[at] is '-' or '0' or '+' or ' ' or '#')
            {
                spec = Flagged(spec, format[at++]);
            }

            spec = spec with { Width = NumberIn(ref at) ?? 0 };
            if (At('.'))
            {
                at++;
                spec = spec with { Precision = NumberIn(ref at) ?? 0 };
            }

            while (at < format.Length && format[at] is 'h' or 'l' or 'L')
            {
                at++;
            }

            var kind = at < format.Length ? format[at] : throw new PythonError("the format ends inside a %.");
            text.Append(kind == '%' ? "%" : Converted(kind, name is null ? Next() : Named(arguments, name), spec));

            bool At(char c) => at < format.Length && format[at] == c;
        }

        return used < positional.Count && arguments is PythonTuple or not (IReadOnlyCollection<object?> or null) && used < positional.Count
            ? throw new PythonError("not all values fit into the format.") : text.ToString();

        object? Next() => used < positional.Count ? positional[used++] : throw new PythonError("the format needs more values than it is given.");

        int? NumberIn(ref int at)
        {
            if (at < format.Length && format[at] == '*')
            {
                at++;
                return checked((int)Math.Clamp(Python.Integer(Next()), 0, int.MaxValue));
            }

            return FormatSpec.Digits(format, ref at);
        }
    }

    private static FormatSpec Flagged(FormatSpec spec, char flag) => flag switch
    {
        '-' => spec with { Align = '<' },
        '0' => spec with { Fill = '0', Align = spec.Align ?? '=' },
        '#' => spec with { Alternate = true },
        _ => spec with { Sign = spec.Sign == '+' ? '+' : flag },
    };

    private static string NameIn(string format, ref int at)
    {
        var close = format.IndexOf(')', at);
        var name = close < 0 ? throw new PythonError("the format's name has no ')'.") : format[(at + 1)..close];
        at = close + 1;
        return name;
    }

    private static object? Named(object? arguments, string name) => arguments is PythonDictionary dictionary && dictionary.TryGet(name, out var value) ? value
        : throw new PythonError($"the format names '{name}', which it is not given.");

    private static string Converted(char kind, object? value, FormatSpec spec)
    {
        // Left-aligned numbers are not filled with zeros.
        spec = spec with { Fill = spec.Align == '<' ? ' ' : spec.Fill, Align = spec.Align ?? '>' };
        switch (kind)
        {
            case 's' or 'r' or 'a':
                var text = kind == 's' ? Python.Str(value) : Python.Repr(value);
                return (spec with { Fill = ' ', Align = spec.Align == '=' ? '>' : spec.Align }).Padded(spec.Precision is { } most ? PythonText.Slice(text, 0, most, null) : text);
            case 'c':
                return (spec with { Fill = ' ' }).Padded(value is string character ? character : char.ConvertFromUtf32((int)Math.Clamp(Python.Integer(value), 0, 0xD7FF)));
            case 'd' or 'i' or 'u':
                return spec.Integer(value is double number ? new BigInteger(number) : Whole(value, kind), 'd');
            case 'x' or 'X' or 'o':
                return spec.Integer(Whole(value, kind), kind);
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                return spec.Float(PythonNumbers.Number(value) ?? throw new PythonError($"%{kind} needs a number, not {Python.Described(value)}."), kind);
            default:
                throw new PythonError($"%{kind.ToString(CultureInfo.InvariantCulture)} is no format.");
        }
    }

    private static BigInteger Whole(object? value, char kind) => PythonNumbers.Whole(value) ?? throw new PythonError($"%{kind} needs a whole number, not {Python.Described(value)}.");
}
