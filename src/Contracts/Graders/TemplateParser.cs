using System.Text.RegularExpressions;

namespace ServerlessTuning.Contracts.Graders;

/// <summary>Reads the text of an <see cref="AnswerTemplate"/>.</summary>
internal static partial class TemplateParser
{
    private const string Places = "sample.output_text, sample.output_json, sample.output_json.FIELD, item.FIELD, item.FIELD[0] or item[\"FIELD\"]";

    /// <exception cref="GraderSyntaxException">A brace that nothing closes, or a place that is none.</exception>
    public static AnswerTemplate Parse(string text)
    {
        List<TemplatePart> parts = [];
        var at = 0;
        for (var open = Open(text, at); open >= 0; open = Open(text, at))
        {
            var close = text.IndexOf("}}", open, StringComparison.Ordinal);
            if (close < 0)
            {
                throw new GraderSyntaxException($"{{{{ at character {open + 1} that nothing closes", "{{ … }}", $"Close it; between the braces stands {Places}.");
            }

            parts.Add(new(text[at..open], null));
            parts.Add(new(null, Place(text[(open + 2)..close].Trim(), open)));
            at = close + 2;
        }

        parts.Add(new(text[at..], null));
        return new(parts);
    }

    private static int Open(string text, int from) => text.IndexOf("{{", from, StringComparison.Ordinal);

    private static TemplatePlace Place(string source, int open)
    {
        var match = Path().Match(source);
        List<TemplateStep> steps = [.. match.Groups["step"].Captures.Select(step => Step(step.Value))];
        return (match.Success, match.Groups["root"].Value, steps) switch
        {
            (true, "item", [{ Name: not null }, ..]) => new(TemplateRoot.Item, steps, source),
            (true, "sample", [{ Name: "output_text" }]) => new(TemplateRoot.OutputText, [], source),
            (true, "sample", [{ Name: "output_json" }, .. var inner]) => new(TemplateRoot.OutputJson, inner, source),
            _ => throw new GraderSyntaxException($"{{{{ {source} }}}} at character {open + 1}", Places, "Name a field of the dataset's line after item, or the answer."),
        };
    }

    private static TemplateStep Step(string step) => step switch
    {
        ['.', .. var name] => new(name, null),
        ['[', '"' or '\'', .. var name, _, ']'] => new(name, null),
        _ => new(null, int.Parse(step[1..^1])),
    };

    [GeneratedRegex("""^(?<root>\w+)(?<step>\.[\w-]+|\["[^"\]]+"\]|\['[^'\]]+'\]|\[[0-9]{1,9}\])*$""")]
    private static partial Regex Path();
}
