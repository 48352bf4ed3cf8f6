using System.Text.RegularExpressions;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Infra.Tests;

/// <summary>As much of a Bicep file as a reader without the compiler can tell.</summary>
public sealed partial record BicepFile(string Name, string Text)
{
    public static IReadOnlyList<BicepFile> All { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "infra"), "*.bicep", SearchOption.AllDirectories).Order().Select(path => new BicepFile(Path.GetFileNameWithoutExtension(path), File.ReadAllText(path)))];

    public static BicepFile Of(string name) => All.Single(file => file.Name == name);

    /// <summary>Names of parameters or outputs whose first decorator is no description.</summary>
    public IEnumerable<string> Undescribed(string kind) => Declaration().Matches(Text).Where(match => match.Groups["kind"].Value == kind && !match.Groups["decorators"].Value.Contains("@description('", StringComparison.Ordinal)).Select(match => match.Groups["name"].Value);

    public IReadOnlyList<string> Names(string kind) => [.. Declaration().Matches(Text).Where(match => match.Groups["kind"].Value == kind).Select(match => match.Groups["name"].Value)];

    /// <summary>Parameters without a default.</summary>
    public IReadOnlyList<string> Required => [.. RequiredParameter().Matches(Text).Select(match => match.Groups[1].Value)];

    /// <summary>Type and API version of each resource.</summary>
    public IEnumerable<(string Type, string Version)> Resources => Resource().Matches(Text).Select(match => (match.Groups[1].Value, match.Groups[2].Value));

    /// <summary>The text between the braces that follow the first occurrence of a phrase.</summary>
    public string Block(string phrase)
    {
        var start = Text.IndexOf('{', Text.IndexOf(phrase, StringComparison.Ordinal));
        var (depth, end) = (1, start + 1);
        for (; depth > 0; end++)
        {
            depth += Text[end] switch { '{' => 1, '}' => -1, _ => 0 };
        }

        return Text[start..end];
    }

    [GeneratedRegex(@"(?<decorators>(?:^@[^\n]*\n)*)^(?<kind>param|output) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^param (\w+) \w+\s*$", RegexOptions.Multiline)]
    private static partial Regex RequiredParameter();

    [GeneratedRegex(@"'(Microsoft\.[\w./]+)@([\w-]+)'")]
    private static partial Regex Resource();
}
