using System.Diagnostics;
using System.Text.Json;
using ServerlessTuning.Datasets.Templates;
using ServerlessTuning.Datasets.Templates.Jinja;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Datasets.Tests.Templates;

/// <summary>Damaged templates: rendered, or refused with the promised error; never another one, never without end. 50,000 with TUNING_LONG_TESTS=1.</summary>
public sealed class TemplateFuzzTests
{
    private static readonly int s_count = Environment.GetEnvironmentVariable("TUNING_LONG_TESTS") == "1" ? 50_000 : 1_000;
    private static readonly string s_folder = Path.Combine(Repository.Root, "tests", "Datasets.Tests", "Templates");

    private static readonly string[] s_templates =
    [
        .. JsonDocument.Parse(File.ReadAllText(Path.Combine(s_folder, "jinja-features.json"))).RootElement.EnumerateObject().SelectMany(group => group.Value.EnumerateArray()).Select(source => source.GetString()!),
        .. Directory.GetFiles(Path.Combine(s_folder, "stock"), "*.jinja").Order().Select(File.ReadAllText),
    ];

    private static readonly string[] s_pieces =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "'", "\"", "(", ")", "[", "]", "|", ".", ",", "messages", "none", "true", "0", "-1", "1.5", "9223372036854775808", "''", "[]", "{}", "missing", "range(3)", "messages[0]", "tools",
        "[1, 'a', none]", "{'a': 1, 2: none}", "namespace(a=1)", "(1,)", " is ", " in ", " not ", " if ", " else ", " ~ ", " * ", " % ", " // ", " ** ", "|map('upper')", "|sort", "|tojson", "|list", "|first", "|length", "|join(',')", "|round(", "|int(",
        "|batch(2)", "|slice(", "|indent(", "|wordwrap(", "|truncate(", "|center(", "|dictsort", "|groupby('a')", "|sum", "|unique", "|min", "|format(", ".format(", ".split(", ".items()", ".get(", ".join(", "[::", "[-1:", "{% for x in ", "{% endfor %}", "{% set x = ",
    ];

    private static readonly string[] s_values =
    [
        "0", "-1", "3", "2.5", "-0.0", "1e308", "'inf' | float", "'nan' | float", "2 ** 200", "true", "none", "missing", "''", "'a'", "'é😀 b\\n'", "'%s {} {0.a[b]!r:>{}}'", "'1_0'", "[]", "[1, 'a', none, [2]]", "[[1, 2], [3, 4]]", "(1,)", "((1, 2),)", "{}", "{'a': 1, 2: none}",
        "{'a': {'b': [1]}}", "range(3)", "messages", "messages[0]", "tools", "tools[0].function", "namespace(a=1)", "range", "dict", "messages | map(attribute='role')", "{'a': 1}.items()", "'abc'.upper", "cycler(1, 2)", "joiner()", "9223372036854775807", "-9223372036854775808", "messages[1].content",
    ];

    private static readonly string[] s_methods =
    [
        "strip", "lstrip", "split", "rsplit", "splitlines", "partition", "rpartition", "join", "format", "replace", "find", "rfind", "index", "rindex", "count", "startswith", "endswith", "center", "ljust", "rjust", "zfill", "expandtabs", "title", "capitalize",
        "swapcase", "casefold", "isidentifier", "istitle", "isprintable", "removeprefix", "items", "keys", "values", "get", "copy", "pop", "next", "nothing",
    ];

    private static readonly string[] s_operators = ["+", "-", "*", "/", "//", "%", "**", "~", "<", "==", ">=", "in", "not in", "and", "or"];

    private static readonly ChatMessage[] s_messages =
    [
        new("user", "Hi 😀 \n"),
        new("assistant", "") { ToolCalls = JsonElement.Parse("""[{ "id": "abc123def", "function": { "name": "f", "arguments": "{\"x\": [1, 2.5, null]}" } }]""") },
        new("assistant", "Hello."),
    ];

    private static readonly JsonElement s_tools = JsonElement.Parse("""[{ "type": "function", "function": { "name": "f" } }]""");

    [Fact]
    public void Damaged_templates_are_refused_or_rendered()
    {
        var rendered = 0;
        for (var seed = 0; seed < s_count; seed++)
        {
            var source = Damaged(seed);
            var watch = Stopwatch.StartNew();
            try
            {
                var template = ChatTemplate.Parse(source, "<s>", "</s>");
                template.Render(s_messages, addGenerationPrompt: true, s_tools);
                rendered++;
                template.Segments(s_messages, s_tools);
            }
            catch (ChatTemplateException)
            {
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {e.GetType().Name}, {e.Message}\n{source}\n{e.StackTrace}");
            }

            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"seed {seed}: {watch.Elapsed}\n{source}");
        }

        Assert.InRange(rendered, s_count / 100, s_count);
    }

    private static string Damaged(int seed)
    {
        var random = new Random(seed);
        if (seed % 2 == 0)
        {
            return $"{{{{ {Wild(random, 3)} }}}}{{% for x in {Wild(random, 1)} %}}{{{{ x }}}}{{{{ loop.nextitem }}}}{{% endfor %}}";
        }

        var source = s_templates[random.Next(s_templates.Length)];
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var (at, length) = (random.Next(source.Length + 1), random.Next(12));
            var other = s_templates[random.Next(s_templates.Length)];
            var from = random.Next(other.Length + 1);
            source = random.Next(4) switch
            {
                0 => source.Insert(at, s_pieces[random.Next(s_pieces.Length)]),
                1 => source[..at] + s_pieces[random.Next(s_pieces.Length)] + source[Math.Min(source.Length, at + length)..],
                2 => source.Remove(at, Math.Min(length, source.Length - at)),
                _ => source.Insert(at, other.Substring(from, Math.Min(random.Next(40), other.Length - from))),
            };
        }

        return source;
    }

    // Whatever values with whatever is there for them.
    private static string Wild(Random random, int depth)
    {
        var value = depth == 0 ? Any(s_values) : random.Next(3) == 0 ? Any(s_values) : Wild(random, depth - 1);
        return random.Next(8) switch
        {
            0 or 1 or 2 => $"({value}) | {Any([.. Filters.Names])}{Arguments()}",
            3 or 4 => $"({value}).{Any(s_methods)}{Arguments()}",
            5 => $"({value}) {Any(s_operators)} ({Any(s_values)})",
            6 => $"({value})[{Any(["0", "-1", "'a'", "1:", "::-1", ":-1:2", "::0", Any(s_values)])}]",
            _ => $"({value}) is {Any(["defined", "odd", "divisibleby(0)", "in [1]", "eq 'a'", "lt 2", "lower", "iterable", "sequence", "sameas none", "callable"])}",
        };

        string Any(string[] choices) => choices[random.Next(choices.Length)];

        string Arguments() => random.Next(4) switch
        {
            0 => "()",
            1 => $"({Any(s_values)})",
            2 => $"({Any(s_values)}, {Any(s_values)})",
            _ => $"({Any(s_values)}, {Any(["attribute", "default", "width", "reverse", "indent", "by", "sep", "start", "end", "method", "fill_with"])}={Any(s_values)})",
        };
    }
}
