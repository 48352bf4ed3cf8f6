using System.Globalization;
using System.Text;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Python's <c>str.format</c>: <c>'{} of {total:>5}'.format(1, total=3)</c>.</summary>
internal sealed class BraceFormat(CallArguments arguments)
{
    private int _next;

    public static string Apply(string format, CallArguments arguments) => new BraceFormat(arguments).Apply(format, depth: 0);

    private string Apply(string format, int depth)
    {
        var text = new StringBuilder();
        for (var at = 0; at < format.Length; at++)
        {
            Meter.Make(1);
            if (format[at] is not ('{' or '}'))
            {
                text.Append(format[at]);
            }
            else if (at + 1 < format.Length && format[at + 1] == format[at])
            {
                text.Append(format[at++]);
            }
            else if (format[at] == '}')
            {
                throw new PythonError("a single '}' in the format.");
            }
            else
            {
                var end = EndOf(format, at);
                text.Append(Field(format[(at + 1)..end], depth));
                at = end;
            }
        }

        return text.ToString();
    }

    private static int EndOf(string format, int start)
    {
        for (var (at, open) = (start, 0); at < format.Length; at++)
        {
            open += format[at] == '{' ? 1 : format[at] == '}' ? -1 : 0;
            if (open == 0)
            {
                return at;
            }
        }

        throw new PythonError("a '{' in the format has no '}'.");
    }

    private string Field(string field, int depth)
    {
        var colon = field.IndexOf(':');
        var (name, spec) = colon < 0 ? (field, "") : (field[..colon], field[(colon + 1)..]);
        var mark = name.LastIndexOf('!');
        var (path, conversion) = mark < 0 ? (name, "") : (name[..mark], name[(mark + 1)..]);
        var value = Value(path);
        value = conversion switch
        {
            "" => value,
            "s" => Python.Str(value),
            "r" or "a" => Python.Repr(value),
            _ => throw new PythonError($"'!{conversion}' is no conversion."),
        };
        return FormatSpec.Parse(spec.Contains('{') ? depth > 0 ? throw new PythonError("the format is nested too deeply.") : Apply(spec, depth + 1) : spec).Format(value);
    }

    // name, 0, or nothing for the next one; then .attribute and [key].
    private object? Value(string path)
    {
        var end = path.IndexOfAny(['.', '[']) is >= 0 and var found ? found : path.Length;
        var first = path[..end];
        var value = first.Length == 0 ? Positional(_next++)
            : int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? Positional(index)
            : arguments.Named.TryGetValue(first, out var named) ? named
            : throw new PythonError($"the format names '{first}', which it is not given.");
        while (end < path.Length)
        {
            var isKey = path[end] == '[';
            var stop = isKey ? path.IndexOf(']', end) : path.IndexOfAny(['.', '['], end + 1) is >= 0 and var next ? next : path.Length;
            var step = stop < 0 ? throw new PythonError("a '[' in the format has no ']'.") : path[(end + 1)..stop];
            value = isKey ? Python.Item(value, long.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var place) ? place : step) : Python.Attribute(value, step);
            end = stop + (isKey ? 1 : 0);
        }

        return value;
    }

    private object? Positional(int index) => index < arguments.Positional.Count ? arguments.Positional[index] : throw new PythonError("the format needs more values than it is given.");
}
