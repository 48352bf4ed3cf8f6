using System.Text;
using System.Text.RegularExpressions;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Infra.Tests;

/// <summary>As much of a Bicep file as a reader without the compiler can tell.</summary>
public sealed partial record BicepFile(string Name, string Text)
{
    private static readonly HashSet<string> Keywords = ["existing", "false", "for", "if", "in", "module", "null", "resource", "targetScope", "true"];

    public static IReadOnlyList<BicepFile> All { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "infra"), "*.bicep", SearchOption.AllDirectories).Order().Select(path => new BicepFile(Path.GetFileNameWithoutExtension(path), File.ReadAllText(path)))];

    public static BicepFile Of(string name) => All.Single(file => file.Name == name);

    /// <summary>The text without comments and decorators, and of its strings only what is interpolated.</summary>
    public string Code { get; } = CodeOf(Decorator().Replace(Text, ""));

    /// <summary>Names of parameters or outputs whose first decorator is no description.</summary>
    public IEnumerable<string> Undescribed(string kind) => Declaration().Matches(Text).Where(match => match.Groups["kind"].Value == kind && !match.Groups["decorators"].Value.Contains("@description('", StringComparison.Ordinal)).Select(match => match.Groups["name"].Value);

    /// <summary>Names that are declared as <c>param</c>, <c>var</c>, <c>output</c>, <c>resource</c> or <c>module</c>.</summary>
    public IReadOnlyList<string> Names(string kind) => [.. Regex.Matches(Code, $@"^\s*{kind} (\w+)", RegexOptions.Multiline).Select(match => match.Groups[1].Value)];

    /// <summary>Names that stand for the item of a loop.</summary>
    public IEnumerable<string> LoopNames => Loop().Matches(Code).SelectMany(match => match.Groups[1].Captures).Select(capture => capture.Value);

    /// <summary>Names in expressions, that is neither properties nor functions nor types.</summary>
    public IReadOnlySet<string> Used => Expression().Matches(Head().Replace(Code, "=")).Select(match => match.Value).Where(name => !Keywords.Contains(name)).ToHashSet();

    /// <summary>Parameters without a default.</summary>
    public IReadOnlyList<string> Required => [.. RequiredParameter().Matches(Text).Select(match => match.Groups[1].Value)];

    /// <summary>Type and API version of each resource, with the paths of the properties that are set; those of resources within are not told.</summary>
    public IEnumerable<(string Type, IReadOnlyList<string> Properties)> Resources =>
        Resource().Matches(Text).Select(match => (match.Groups[1].Value, (IReadOnlyList<string>)[.. Paths(CodeOf(Decorator().Replace(Braces(Text, match.Index), "")))]));

    /// <summary>The text between the braces that follow the first occurrence of a phrase.</summary>
    public string Block(string phrase) => Braces(Text, Text.IndexOf(phrase, StringComparison.Ordinal));

    /// <summary>The properties of the object at the start of a text, those of inner objects left out.</summary>
    public static IReadOnlySet<string> Keys(string block) => Paths(CodeOf(block)).Where(path => !path.Contains('/', StringComparison.Ordinal)).ToHashSet();

    /// <summary>The text from the first opening brace after a place to the one that closes it.</summary>
    public static string Braces(string text, int from)
    {
        var start = text.IndexOf('{', from);
        var (depth, end) = (1, start + 1);
        for (; depth > 0; end++)
        {
            depth += text[end] switch { '{' => 1, '}' => -1, _ => 0 };
        }

        return text[start..end];
    }

    private static IEnumerable<string> Paths(string code)
    {
        var within = new Stack<string>();
        var inner = int.MaxValue; // the depth at which a resource begins within the resource
        var key = "";
        foreach (Match token in Token().Matches(code))
        {
            switch (token.Value)
            {
                case "{":
                    within.Push(key);
                    break;
                case "}":
                    key = within.Pop();
                    inner = within.Count < inner ? int.MaxValue : inner;
                    break;
                case var resource when resource.StartsWith("resource ", StringComparison.Ordinal):
                    inner = Math.Min(inner, within.Count + 1);
                    break;
                case var property when within.Count < inner:
                    key = property[..^1];
                    yield return string.Join('/', within.Reverse().Skip(1).Append(key));
                    break;
            }
        }
    }

    private static string CodeOf(string text)
    {
        var code = new StringBuilder();
        foreach (Match part in Part().Matches(text))
        {
            _ = part.Value switch
            {
                ['\'', ..] => code.Append("''").AppendJoin(' ', Interpolation().Matches(part.Value).Select(match => $" ({CodeOf(match.Groups[1].Value)})")),
                ['/', '/', ..] => code,
                _ => code.Append(part.Value),
            };
        }

        return Loop().Replace(code.ToString(), "$0 "); // a blank, so that what is looped over is not taken for the name of a property
    }

    [GeneratedRegex(@"(?<decorators>(?:^@[^\n]*\n)*)^(?<kind>param|output) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^param (\w+) \S+[^\S\n]*$", RegexOptions.Multiline)]
    private static partial Regex RequiredParameter();

    [GeneratedRegex(@"^resource \w+ '(Microsoft\.[\w./]+@[\w-]+)'", RegexOptions.Multiline)]
    private static partial Regex Resource();

    [GeneratedRegex(@"^@[^\n]*\n", RegexOptions.Multiline)]
    private static partial Regex Decorator();

    /// <summary>A comment, a string (a quote within an interpolation belongs to it), or anything else.</summary>
    [GeneratedRegex(@"//[^\n]*|'(?:\\.|\$\{[^}]*\}|[^'\\$]|\$(?!\{))*'|[^/']+|.", RegexOptions.Singleline)]
    private static partial Regex Part();

    [GeneratedRegex(@"\$\{([^}]*)\}")]
    private static partial Regex Interpolation();

    [GeneratedRegex(@"for \(?(?<1>\w+)(?:, (?<1>\w+)\))? in [^:\n]*")]
    private static partial Regex Loop();

    /// <summary>What stands before a declaration's value.</summary>
    [GeneratedRegex(@"^\s*(?:param|var|output|resource|module) \w+[^=\n]*=?", RegexOptions.Multiline)]
    private static partial Regex Head();

    [GeneratedRegex(@"(?<![\w.:'])[A-Za-z_]\w*\b(?![:(])")]
    private static partial Regex Expression();

    [GeneratedRegex(@"[{}]|\bresource \w+|\b\w+:(?!:)")]
    private static partial Regex Token();
}
