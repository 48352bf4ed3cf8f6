using System.Globalization;
using System.Numerics;
using System.Text;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Python's text: how values print, and strings counted by code points, where .NET counts UTF-16 units.</summary>
internal static class PythonText
{
    public static string Str(object? value) => value switch
    {
        string text => text,
        Undefined => "",
        _ => Repr(value),
    };

    public static string Repr(object? value)
    {
        var text = new StringBuilder();
        AppendRepr(text, value, depth: 0);
        return text.ToString();
    }

    /// <summary>For errors, which are read by people.</summary>
    public static string Shortened(string text) => text.Length <= 80 ? text : $"{text[..80]}…";

    public static int Length(string text)
    {
        Meter.Read(text.Length);
        return text.Length - text.AsSpan().Count(char.IsLowSurrogate);
    }

    /// <summary>The code points, each as a string.</summary>
    public static IEnumerable<object?> Characters(string text)
    {
        for (var i = 0; i < text.Length; i += WidthAt(text, i))
        {
            Meter.Make(1);
            yield return text.Substring(i, WidthAt(text, i));
        }
    }

    /// <summary>Null when it has no such character.</summary>
    public static string? At(string text, long index)
    {
        if (Python.Place(index, Length(text)) is not { } place)
        {
            return null;
        }

        var at = UnitOf(text, place);
        return text.Substring(at, WidthAt(text, at));
    }

    public static string Slice(string text, long? start, long? stop, long? step)
    {
        var length = Length(text);
        if (step is null or 1)
        {
            var places = (From: Clamped(start ?? 0, length), To: Clamped(stop ?? length, length));
            return places.From >= places.To ? "" : text[UnitOf(text, places.From)..UnitOf(text, places.To)];
        }

        var characters = Python.Listed(text);
        return string.Concat(Python.Places(characters.Count, start, stop, step).Select(i => (string)characters[i]!));
    }

    /// <summary>Where the code point with this number begins.</summary>
    public static int UnitOf(string text, int place)
    {
        if (Length(text) == text.Length)
        {
            return place;
        }

        var unit = 0;
        for (var i = 0; i < place; i++)
        {
            unit += WidthAt(text, unit);
        }

        return unit;
    }

    /// <summary>By code points: what lies beyond U+FFFF comes after everything else.</summary>
    public static int Compare(string a, string b)
    {
        Meter.Read(Math.Min(a.Length, b.Length));
        var same = a.AsSpan().CommonPrefixLength(b);
        return same < a.Length && same < b.Length && char.IsSurrogate(a[same]) != char.IsSurrogate(b[same]) && (a[same] > '\uDFFF' || b[same] > '\uDFFF')
            ? char.IsSurrogate(a[same]) ? 1 : -1
            : string.CompareOrdinal(a, b);
    }

    /// <summary>Python's <c>str.isspace</c>, which knows four separators more than .NET.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    private static int Clamped(long place, int length) => (int)Math.Clamp(place < 0 ? place + length : place, 0, length);

    private static int WidthAt(string text, int unit) => char.IsHighSurrogate(text[unit]) && unit + 1 < text.Length && char.IsLowSurrogate(text[unit + 1]) ? 2 : 1;

    private static void AppendRepr(StringBuilder text, object? value, int depth)
    {
        Meter.StepInto(depth);
        switch (value)
        {
            case null or bool or long or BigInteger or double:
                text.Append(Scalar(value));
                break;
            case string inner:
                AppendQuoted(text, inner);
                break;
            case PythonDictionary dictionary:
                AppendAll(text, "{", "}", dictionary.Entries, entry =>
                {
                    AppendRepr(text, entry.Key, depth + 1);
                    text.Append(": ");
                    AppendRepr(text, entry.Value, depth + 1);
                });
                break;
            case PythonTuple tuple:
                AppendAll(text, "(", tuple.Count == 1 ? ",)" : ")", tuple, item => AppendRepr(text, item, depth + 1));
                break;
            case List<object?> list:
                AppendAll(text, "[", "]", list, item => AppendRepr(text, item, depth + 1));
                break;
            case DictionaryView view:
                AppendAll(text, $"{view.Name}([", "])", view, item => AppendRepr(text, item, depth + 1));
                break;
            default:
                text.Append(value is Undefined ? "Undefined" : value is PythonRange ? value.ToString() : $"<{value!.GetType().Name}>");
                break;
        }
    }

    private static string Scalar(object? value) => value switch
    {
        null => "None",
        true => "True",
        false => "False",
        double number => PythonFloat.Repr(number),
        _ => ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
    };

    private static void AppendAll<T>(StringBuilder text, string open, string close, IEnumerable<T> items, Action<T> append)
    {
        text.Append(open);
        var first = true;
        foreach (var item in items)
        {
            text.Append(first ? "" : ", ");
            append(item);
            first = false;
        }

        text.Append(close);
    }

    private static void AppendQuoted(StringBuilder quoted, string text)
    {
        Meter.Make(text.Length);
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        quoted.Append(quote);
        for (var i = 0; i < text.Length; i += WidthAt(text, i))
        {
            var code = WidthAt(text, i) == 2 ? char.ConvertToUtf32(text, i) : text[i];
            _ = code switch
            {
                '\\' => quoted.Append(@"\\"),
                '\n' => quoted.Append(@"\n"),
                '\r' => quoted.Append(@"\r"),
                '\t' => quoted.Append(@"\t"),
                _ when code == quote => quoted.Append('\\').Append(quote),
                _ when IsPrintable(text, i) => quoted.Append(text, i, WidthAt(text, i)),
                <= 0xFF => quoted.Append($"\\x{code:x2}"),
                <= 0xFFFF => quoted.Append($"\\u{code:x4}"),
                _ => quoted.Append($"\\U{code:x8}"),
            };
        }

        quoted.Append(quote);
    }

    /// <summary>Python's <c>str.isprintable</c> of one code point.</summary>
    public static bool IsPrintable(string text, int unit) => text[unit] == ' ' || CharUnicodeInfo.GetUnicodeCategory(text, unit) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    private static int Count(this ReadOnlySpan<char> text, Func<char, bool> matches)
    {
        var count = 0;
        foreach (var c in text)
        {
            count += matches(c) ? 1 : 0;
        }

        return count;
    }
}
