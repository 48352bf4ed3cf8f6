using System.Numerics;
using System.Text;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Python's <c>json.dumps(value, ensure_ascii=False, …)</c>, which transformers puts in place of Jinja2's tojson: a space after ',' and ':', nothing escaped for HTML.</summary>
internal static class PythonJson
{
    public static string Write(object? value, CallArguments arguments)
    {
        var indent = arguments.Get(1, "indent");
        var separators = arguments.Get(2, "separators") as List<object?>;
        if (separators is { Count: not 2 })
        {
            throw new PythonError("separators are two: between items, and between key and value.");
        }

        var writer = new Writer(
            indent is null ? null : indent as string ?? PythonNumbers.Repeated(" ", Python.Integer(indent)),
            separators is null ? indent is null ? ", " : "," : Python.Str(separators[0]),
            separators is null ? ": " : Python.Str(separators[1]),
            Python.IsTrue(arguments.Get(3, "sort_keys", false)),
            Python.IsTrue(arguments.Get(0, "ensure_ascii", false)));
        writer.Append(value, 0);
        return writer.ToString();
    }

    private sealed class Writer(string? indent, string comma, string colon, bool sortKeys, bool ascii)
    {
        private readonly StringBuilder _json = new();

        public override string ToString() => _json.ToString();

        public void Append(object? value, int depth)
        {
            Meter.StepInto(depth);
            switch (value)
            {
                case null:
                    _json.Append("null");
                    break;
                case bool truth:
                    _json.Append(truth ? "true" : "false");
                    break;
                case string text:
                    AppendString(text);
                    break;
                case long or BigInteger:
                    _json.Append(Python.Repr(value));
                    break;
                case double number:
                    _json.Append(Number(number));
                    break;
                case PythonDictionary dictionary:
                    IEnumerable<(object? Key, object? Value)> entries = sortKeys ? SequenceFilters.SortedEntries(dictionary, new([true], new Dictionary<string, object?>())).Select(entry => (entry[0], entry[1])) : dictionary.Entries;
                    AppendAll('{', '}', [.. entries], depth, entry =>
                    {
                        AppendString(KeyText(entry.Key));
                        _json.Append(colon);
                        Append(entry.Value, depth + 1);
                    });
                    break;
                case List<object?> items:
                    AppendAll('[', ']', items, depth, item => Append(item, depth + 1));
                    break;
                default:
                    throw new PythonError($"{Python.Described(value)} cannot be written as JSON.");
            }
        }

        private static string Number(double number) => double.IsFinite(number) ? PythonFloat.Repr(number) : double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";

        private static string KeyText(object? key) => key switch
        {
            string text => text,
            null => "null",
            bool truth => truth ? "true" : "false",
            double number => Number(number),
            long or BigInteger => Python.Repr(key),
            _ => throw new PythonError($"{Python.Described(key)} cannot be a key in JSON."),
        };

        private void AppendAll<T>(char open, char close, List<T> items, int depth, Action<T> append)
        {
            _json.Append(open);
            for (var i = 0; i < items.Count; i++)
            {
                _json.Append(i > 0 ? comma : "");
                NewLine(depth + 1);
                append(items[i]);
            }
            if (items.Count > 0)
            {
                NewLine(depth);
            }
            _json.Append(close);
        }

        private void NewLine(int depth)
        {
            if (indent is not null)
            {
                Meter.Make((long)indent.Length * depth);
                _json.Append('\n').Insert(_json.Length, indent, depth);
            }
        }

        private void AppendString(string text)
        {
            Meter.Make(text.Length);
            _json.Append('"');
            foreach (var c in text)
            {
                _json.Append(c switch
                {
                    '"' => "\\\"",
                    '\\' => @"\\",
                    '\n' => @"\n",
                    '\r' => @"\r",
                    '\t' => @"\t",
                    '\b' => @"\b",
                    '\f' => @"\f",
                    < ' ' => $"\\u{(int)c:x4}",
                    > '~' when ascii => $"\\u{(int)c:x4}",
                    _ => c.ToString(),
                });
            }
            _json.Append('"');
        }
    }
}
