using System.Globalization;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>The methods of Python's <c>str</c>, all but those that speak of bytes and translation tables.</summary>
internal static class StringMethods
{
    /// <summary>Null when a string has no such method.</summary>
    public static Callable? Find(string text, string name) => name switch
    {
        // shape
        "strip" => a => Stripped(text, a.Get(0, "chars"), start: true, end: true),
        "lstrip" => a => Stripped(text, a.Get(0, "chars"), start: true, end: false),
        "rstrip" => a => Stripped(text, a.Get(0, "chars"), start: false, end: true),
        "removeprefix" => a => a.Text(0, "prefix") is var prefix && text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text,
        "removesuffix" => a => a.Text(0, "suffix") is var suffix && text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text,
        "replace" => a => Replaced(text, Needed(a, 0, "old"), Needed(a, 1, "new"), a.Integer(2, "count", -1)),
        "center" => a => Centered(text, a.Integer(0, "width", 0), Fill(a)),
        "ljust" => a => Adjusted(text, '<', a),
        "rjust" => a => Adjusted(text, '>', a),
        "zfill" => a => Zeros(text, a.Integer(0, "width", 0)),
        "expandtabs" => a => WithoutTabs(text, a.Integer(0, "tabsize", 8)),

        // case
        "upper" => _ => Upper(text),
        "lower" => _ => Lower(text),
        "casefold" => _ => Lower(text).Replace("ß", "ss"),
        "swapcase" => _ => string.Concat(text.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c))),
        "title" => _ => Titled(text),
        "capitalize" => _ => Capitalized(text),

        // pieces
        "split" => a => Splitting.Split(text, a, fromEnd: false),
        "rsplit" => a => Splitting.Split(text, a, fromEnd: true),
        "splitlines" => a => Splitting.Lines(text, a.IsTrue(0, "keepends")),
        "partition" => a => Splitting.Partition(text, Needed(a, 0, "sep"), fromEnd: false),
        "rpartition" => a => Splitting.Partition(text, Needed(a, 0, "sep"), fromEnd: true),
        "join" => a => Joined(text, a.Get(0, "iterable", Undefined.Instance)),
        "format" => a => BraceFormat.Apply(text, a),

        // search
        "startswith" => a => Any(a, affix => Part(text, a).StartsWith(affix, StringComparison.Ordinal)),
        "endswith" => a => Any(a, affix => Part(text, a).EndsWith(affix, StringComparison.Ordinal)),
        "find" => a => Found(text, a, fromEnd: false),
        "rfind" => a => Found(text, a, fromEnd: true),
        "index" => a => Found(text, a, fromEnd: false) is >= 0 and var place ? place : throw new PythonError("the substring is not found."),
        "rindex" => a => Found(text, a, fromEnd: true) is >= 0 and var place ? place : throw new PythonError("the substring is not found."),
        "count" => a => Count(Part(text, a), Needed(a, 0, "sub")),

        // kind
        "isdigit" or "isdecimal" => _ => text.Length > 0 && text.All(char.IsDigit),
        "isnumeric" => _ => text.Length > 0 && text.All(char.IsNumber),
        "isalpha" => _ => text.Length > 0 && text.All(char.IsLetter),
        "isalnum" => _ => text.Length > 0 && text.All(c => char.IsLetter(c) || char.IsNumber(c)),
        "isspace" => _ => text.Length > 0 && text.All(PythonText.IsSpace),
        "isupper" => _ => IsUpper(text),
        "islower" => _ => IsLower(text),
        "istitle" => _ => text.Any(IsCased) && Titled(text) == text,
        "isascii" => _ => text.All(char.IsAscii),
        "isidentifier" => _ => text.Length > 0 && (char.IsLetter(text[0]) || text[0] == '_') && text.All(c => char.IsLetterOrDigit(c) || c == '_'),
        "isprintable" => _ => Enumerable.Range(0, text.Length).All(i => char.IsLowSurrogate(text[i]) || PythonText.IsPrintable(text, i)),
        _ => null,
    };

    public static string Stripped(string text, object? characters, bool start = true, bool end = true)
    {
        Func<char, bool> goes = characters switch
        {
            null => PythonText.IsSpace,
            string set => set.Contains,
            _ => throw new PythonError($"strip() needs characters, not {Python.Described(characters)}."),
        };
        var (from, to) = (0, text.Length);
        while (start && from < to && goes(text[from]))
        {
            from++;
        }

        while (end && to > from && goes(text[to - 1]))
        {
            to--;
        }

        return text[from..to];
    }

    /// <summary>Full case mapping where .NET has the simple one: ß becomes SS.</summary>
    public static string Upper(string text) => text.ToUpperInvariant().Replace("ß", "SS").Replace("ﬁ", "FI").Replace("ﬂ", "FL").Replace("ﬀ", "FF");

    public static string Lower(string text) => text.ToLowerInvariant().Replace("İ", "i\u0307");

    public static string Capitalized(string text) => text.Length == 0 ? text : Upper(text[..1]) is var first && first.Length > 1 ? first[..1] + Lower(first[1..] + text[1..]) : first + Lower(text[1..]);

    public static string Titled(string text) => string.Concat(text.Select((c, i) => i > 0 && IsCased(text[i - 1]) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c)));

    public static bool IsLower(string text) => text.Any(IsCased) && !text.Any(c => char.IsUpper(c) || char.GetUnicodeCategory(c) == UnicodeCategory.TitlecaseLetter);

    public static bool IsUpper(string text) => text.Any(IsCased) && !text.Any(c => char.IsLower(c) || char.GetUnicodeCategory(c) == UnicodeCategory.TitlecaseLetter);

    public static string Replaced(string text, string old, string with, long count)
    {
        var most = count < 0 ? int.MaxValue : (int)Math.Min(count, int.MaxValue);
        if (old.Length == 0)
        {
            return Interleaved(text, with, most);
        }

        var times = Math.Min(most, (int)Count(text, old));
        Meter.Make(text.Length + (long)times * Math.Max(0, with.Length - old.Length));
        var replaced = new System.Text.StringBuilder();
        var at = 0;
        for (; times > 0; times--)
        {
            var found = text.IndexOf(old, at, StringComparison.Ordinal);
            replaced.Append(text, at, found - at).Append(with);
            at = found + old.Length;
        }

        return replaced.Append(text, at, text.Length - at).ToString();
    }

    public static string Centered(string text, long width, string fill)
    {
        var missing = width - PythonText.Length(text);
        if (missing <= 0)
        {
            return text;
        }

        var left = missing / 2 + (missing & width & 1);         // CPython's rounding
        return PythonNumbers.Repeated(fill, left) + text + PythonNumbers.Repeated(fill, missing - left);
    }

    public static string Joined(string separator, object? items)
    {
        var parts = Python.Listed(items);
        foreach (var part in parts)
        {
            Meter.Make(separator.Length + (part is string text ? text.Length : throw new PythonError($"join() needs strings, not {Python.Described(part)}.")));
        }

        return string.Join(separator, parts);
    }

    private static bool IsCased(char c) => char.IsUpper(c) || char.IsLower(c) || char.GetUnicodeCategory(c) == UnicodeCategory.TitlecaseLetter;

    private static string Needed(CallArguments arguments, int place, string name) => arguments.Get(place, name) is string text ? text
        : throw new PythonError($"argument {place + 1} ({name}) must be a string, not {Python.Described(arguments.Get(place, name))}.");

    // 'ab'.replace('', '-') is '-a-b-'.
    private static string Interleaved(string text, string with, int most)
    {
        var characters = Python.Listed(text);
        Meter.Make((characters.Count + 1L) * with.Length);
        var pieces = characters.Select((character, i) => (i < most ? with : "") + character);
        return string.Concat(pieces) + (characters.Count < most ? with : "");
    }

    private static string Fill(CallArguments arguments) => arguments.Get(1, "fillchar", " ") is string { Length: 1 } fill ? fill : throw new PythonError("the fill must be one character.");

    private static string Adjusted(string text, char align, CallArguments arguments) =>
        new FormatSpec(Fill: Fill(arguments)[0], Align: align, Width: (int)Math.Clamp(arguments.Integer(0, "width", 0), 0, int.MaxValue)).Padded(text);

    private static string WithoutTabs(string text, long size)
    {
        var (spaced, column) = (new System.Text.StringBuilder(), 0L);
        foreach (var c in text)
        {
            var width = c != '\t' ? 1 : size <= 0 ? 0 : size - column % size;
            Meter.Make(width);
            spaced.Append(c == '\t' ? ' ' : c, (int)width);
            column = c is '\n' or '\r' ? 0 : column + width;
        }

        return spaced.ToString();
    }

    private static string Zeros(string text, long width)
    {
        var sign = text.StartsWith('-') || text.StartsWith('+') ? text[..1] : "";
        return sign + PythonNumbers.Repeated("0", width - PythonText.Length(text)) + text[sign.Length..];
    }

    // What start and end leave, for the methods that take them after what they look for.
    private static string Part(string text, CallArguments arguments) => arguments.Positional.Count < 2 ? text
        : PythonText.Slice(text, Bound(arguments.Get(1, "start")), Bound(arguments.Get(2, "end")), null);

    private static long? Bound(object? value) => value is null ? null : Python.Integer(value);

    private static long Found(string text, CallArguments arguments, bool fromEnd)
    {
        var (part, sub) = (Part(text, arguments), Needed(arguments, 0, "sub"));
        var unit = fromEnd ? part.LastIndexOf(sub, StringComparison.Ordinal) : part.IndexOf(sub, StringComparison.Ordinal);
        var start = arguments.Positional.Count < 2 ? 0 : Bound(arguments.Positional[1]) ?? 0;
        var length = PythonText.Length(text);
        return unit < 0 || start > length ? -1 : PythonText.Length(part[..unit]) + Math.Clamp(start < 0 ? start + length : start, 0, length);
    }

    private static long Count(string text, string sub)
    {
        if (sub.Length == 0)
        {
            return PythonText.Length(text) + 1;
        }

        var count = 0L;
        for (var at = text.IndexOf(sub, StringComparison.Ordinal); at >= 0; at = text.IndexOf(sub, at + sub.Length, StringComparison.Ordinal))
        {
            count++;
        }

        return count;
    }

    private static bool Any(CallArguments arguments, Predicate<string> matches) => arguments.Get(0, "prefix", arguments.Get(0, "suffix")) switch
    {
        PythonTuple affixes => affixes.Exists(affix => affix is string text && matches(text)),
        string affix => matches(affix),
        var other => throw new PythonError($"startswith and endswith need a string or a tuple of them, not {Python.Described(other)}."),
    };
}
