namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>How Python cuts strings: split, rsplit, splitlines, partition.</summary>
internal static class Splitting
{
    public static List<object?> Split(string text, CallArguments arguments, bool fromEnd)
    {
        var most = arguments.Integer(1, "maxsplit", -1) is >= 0 and < int.MaxValue and var given ? (int)given : int.MaxValue;
        return arguments.Get(0, "sep") switch
        {
            null => fromEnd ? AtSpacesFromEnd(text, most) : AtSpaces(text, most),
            "" => throw new PythonError("split() needs a separator that is not empty."),
            string separator => AtSeparator(text, separator, most, fromEnd),
            var other => throw new PythonError($"split() needs a string, not {Python.Described(other)}."),
        };
    }

    /// <summary>Python knows more line ends than the newline.</summary>
    public static List<object?> Lines(string text, bool keepEnds)
    {
        var lines = new List<object?>();
        for (var start = 0; start < text.Length;)
        {
            var end = start;
            while (end < text.Length && !EndsLine(text[end]))
            {
                end++;
            }

            var next = end == text.Length ? end : end + (text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? 2 : 1);
            Meter.Make(4);
            lines.Add(text[start..(keepEnds ? next : end)]);
            start = next;
        }

        return lines;
    }

    public static PythonTuple Partition(string text, string separator, bool fromEnd)
    {
        var at = separator.Length == 0 ? throw new PythonError("partition() needs a separator that is not empty.")
            : fromEnd ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        return at >= 0 ? new([text[..at], separator, text[(at + separator.Length)..]]) : fromEnd ? new(["", "", text]) : new([text, "", ""]);
    }

    private static List<object?> AtSeparator(string text, string separator, int most, bool fromEnd)
    {
        var parts = text.Split(separator);
        Meter.Make(8L * parts.Length);
        if (parts.Length - 1 <= most)
        {
            return [.. parts];
        }

        return fromEnd
            ? [string.Join(separator, parts[..^most]), .. parts[^most..]]
            : [.. parts[..most], string.Join(separator, parts[most..])];
    }

    // At runs of white space, none at the ends; what is left after the last cut is kept as it is.
    private static List<object?> AtSpaces(string text, int most)
    {
        var parts = new List<object?>();
        for (var at = Next(0, isSpace: false); at < text.Length; at = Next(at, isSpace: false))
        {
            Meter.Make(8);
            var end = parts.Count == most ? text.Length : Next(at, isSpace: true);
            parts.Add(text[at..end]);
            at = end;
        }

        return parts;

        int Next(int at, bool isSpace)
        {
            while (at < text.Length && PythonText.IsSpace(text[at]) != isSpace)
            {
                at++;
            }

            return at;
        }
    }

    private static List<object?> AtSpacesFromEnd(string text, int most) =>
        [.. AtSpaces(Reversed(text), most).Select(object? (part) => Reversed((string)part!)).Reverse()];

    private static string Reversed(string text) => string.Create(text.Length, text, (reversed, source) =>
    {
        source.CopyTo(reversed);
        reversed.Reverse();
    });

    private static bool EndsLine(char c) => c is '\n' or '\r' or '\v' or '\f' or (>= '\x1c' and <= '\x1e') or '\x85' or '\u2028' or '\u2029';
}
