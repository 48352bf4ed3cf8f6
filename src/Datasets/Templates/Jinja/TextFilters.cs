using System.Text;
using System.Text.RegularExpressions;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Filters on text.</summary>
internal static partial class TextFilters
{
    public static IReadOnlyDictionary<string, Func<object?, CallArguments, object?>> All { get; } = new Dictionary<string, Func<object?, CallArguments, object?>>
    {
        ["trim"] = (value, arguments) => StringMethods.Stripped(Python.Str(value), arguments.Get(0, "chars")),
        ["upper"] = (value, _) => StringMethods.Upper(Python.Str(value)),
        ["lower"] = (value, _) => StringMethods.Lower(Python.Str(value)),
        ["capitalize"] = (value, _) => StringMethods.Capitalized(Python.Str(value)),
        ["title"] = (value, _) => string.Concat(WordStart().Split(Python.Str(value)).Select(word => word.Length == 0 ? "" : StringMethods.Upper(word[..1]) + StringMethods.Lower(word[1..]))),
        ["replace"] = (value, arguments) => StringMethods.Replaced(Python.Str(value), arguments.Text(0, "old"), arguments.Text(1, "new"),
            arguments.Get(2, "count") is { } count ? Python.Integer(count) : -1),
        ["center"] = (value, arguments) => StringMethods.Centered(Python.Str(value), arguments.Integer(0, "width", 80), " "),
        ["indent"] = (value, arguments) => Indented(Text(value), arguments),
        ["truncate"] = (value, arguments) => Truncated(Text(value), arguments),
        ["wordcount"] = (value, _) => (long)Word().Count(Python.Str(value)),
        ["wordwrap"] = (value, arguments) => Wrapping.Wrap(Text(value), arguments),
        ["format"] = (value, arguments) => PercentFormat.Apply(Python.Str(value), arguments.Named.Count == 0 ? new PythonTuple(arguments.Positional) : Globals.Entries(arguments)),
        ["string"] = (value, _) => Python.Str(value),
        ["safe"] = (value, _) => Python.Str(value),
        ["escape"] = (value, _) => Escaped(Python.Str(value)),
        ["e"] = (value, _) => Escaped(Python.Str(value)),
        ["forceescape"] = (value, _) => Escaped(Python.Str(value)),
        ["striptags"] = (value, _) => string.Join(' ', Tag().Replace(Comment().Replace(Python.Str(value), ""), "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)),
        ["urlencode"] = (value, _) => UrlEncoded(value),
    };

    private static string Text(object? value) => value as string ?? throw new PythonError($"{Python.Described(value)} is not a string.");

    private static string Escaped(string text)
    {
        Meter.Make(5L * text.Length);
        return text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("'", "&#39;").Replace("\"", "&#34;");
    }

    private static string Indented(string text, CallArguments arguments)
    {
        var width = arguments.Get(0, "width", 4L);
        var indention = width as string ?? PythonNumbers.Repeated(" ", Python.Integer(width));
        var (first, blank) = (arguments.IsTrue(1, "first"), arguments.IsTrue(2, "blank"));
        var lines = Splitting.Lines(text + "\n", keepEnds: false);
        Meter.Make((long)lines.Count * indention.Length);
        return string.Join('\n', lines.Select((line, i) => (i > 0 ? blank || ((string)line!).Length > 0 : first) ? indention + line : line));
    }

    private static string Truncated(string text, CallArguments arguments)
    {
        var (length, end, leeway) = (arguments.Integer(0, "length", 255), arguments.Text(2, "end", "..."), arguments.Get(3, "leeway") is { } given ? Python.Integer(given) : 5);
        if (length < PythonText.Length(end) || leeway < 0)
        {
            throw new PythonError($"a text cannot be cut to {length} characters with {leeway} to spare.");
        }

        if (PythonText.Length(text) <= length + leeway)
        {
            return text;
        }

        var cut = PythonText.Slice(text, 0, length - PythonText.Length(end), null);
        return (arguments.IsTrue(1, "killwords") || cut.LastIndexOf(' ') < 0 ? cut : cut[..cut.LastIndexOf(' ')]) + end;
    }

    private static string UrlEncoded(object? value) => value switch
    {
        PythonDictionary dictionary => Query(dictionary.Entries),
        IReadOnlyCollection<object?> pairs => Query(pairs.Select(pair => pair is List<object?> { Count: 2 } entry ? (entry[0], entry[1])
            : throw new PythonError($"{Python.Described(pair)} is no pair of name and value."))),
        _ => Quoted(Python.Str(value), keepSlash: true),
    };

    private static string Query(IEnumerable<(object? Key, object? Value)> entries) =>
        string.Join('&', entries.Select(entry => $"{Quoted(Python.Str(entry.Key), false).Replace("%20", "+")}={Quoted(Python.Str(entry.Value), false).Replace("%20", "+")}"));

    private static string Quoted(string text, bool keepSlash)
    {
        var quoted = new StringBuilder();
        foreach (var c in Encoding.UTF8.GetBytes(text))
        {
            _ = char.IsAsciiLetterOrDigit((char)c) || "_.-~".Contains((char)c) || (c == '/' && keepSlash) ? quoted.Append((char)c) : quoted.Append($"%{c:X2}");
        }

        return quoted.ToString();
    }

    [GeneratedRegex(@"([-\s({\[<]+)")]
    private static partial Regex WordStart();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex("<!--.*?-->", RegexOptions.Singleline)]
    private static partial Regex Comment();
}
