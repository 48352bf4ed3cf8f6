using System.Text.Json;
using ServerlessTuning.Datasets.Templates;
using ServerlessTuning.Datasets.Templates.Jinja;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Datasets.Tests.Templates;

/// <summary>Stock templates of the families and small ones a feature each, against what Jinja2 itself made of them: make-expectations.py.</summary>
public sealed class JinjaTests
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "tests", "Datasets.Tests", "Templates");
    private static readonly JsonElement s_file = JsonDocument.Parse(File.ReadAllText(Path.Combine(s_folder, "jinja-expectations.json"))).RootElement;

    public static TheoryData<string> Groups => [.. s_file.GetProperty("cases").EnumerateArray().Select(@case => @case.GetProperty("group").GetString()!).Distinct()];

    [Theory]
    [MemberData(nameof(Groups))]
    public void Templates_render_as_Jinja2_renders_them(string group)
    {
        foreach (var @case in s_file.GetProperty("cases").EnumerateArray().Where(@case => @case.GetProperty("group").GetString() == group))
        {
            var source = @case.TryGetProperty("source", out var text) ? text.GetString()! : File.ReadAllText(Path.Combine(s_folder, "stock", @case.GetProperty("template").GetString()!));
            var expected = @case.TryGetProperty("expected", out var output) ? output.GetString() : null;

            var rendered = Rendered(source, @case);

            Assert.True(expected == rendered, $"expected: {expected ?? @case.GetProperty("error").GetString()}\nrendered: {rendered}\nof: {source}");
        }
    }

    [Theory]
    [InlineData("Hi\n  {{ 'a }}", 2, 6, "chat_template, line 2, column 6: the string that begins here has no closing quote.")]
    [InlineData("{% if true %}x", 1, 15, "chat_template, line 1, column 15: found the end of the template, expected {% elif %} or {% else %} or {% endif %}.")]
    [InlineData("{{ 1 | nosuch }}", 1, 8, "chat_template, line 1, column 8: the filter 'nosuch' is not known here.")]
    [InlineData("\n\n{% include 'x' %}", 3, 4, "chat_template, line 3, column 4: the tag 'include' is not known here.")]
    [InlineData("{{ messages[0].parts.x }}", 1, 21, "chat_template, line 1, column 21: 'messages[0].parts' is undefined, so it has no 'x'.")]
    public void An_error_names_line_and_column(string source, int line, int column, string message)
    {
        var thrown = Assert.Throws<ChatTemplateException>(
            () => JinjaTemplate.Parse(source).Render(new Dictionary<string, object?> { ["messages"] = new List<object?> { new PythonDictionary() } }));

        Assert.Equal((line, column), (thrown.Line, thrown.Column));
        Assert.StartsWith(message, thrown.Message);
    }

    [Fact]
    public void A_template_without_end_is_an_error_and_not_a_crash()
    {
        Assert.Throws<ChatTemplateException>(() => JinjaTemplate.Parse("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}").Render(new Dictionary<string, object?>()));
        Assert.Throws<ChatTemplateException>(() => JinjaTemplate.Parse("{{ " + new string('(', 50_000)));
        Assert.Throws<ChatTemplateException>(() => JinjaTemplate.Parse(string.Concat(Enumerable.Repeat("{% if true %}", 50_000))));
        Assert.Throws<ChatTemplateException>(() => JinjaTemplate.Parse("{{ x" + string.Concat(Enumerable.Repeat(".x", 50_000)) + " }}").Render(new Dictionary<string, object?>()));
    }

    /// <summary>Null when the template or its use is refused.</summary>
    private static string? Rendered(string source, JsonElement @case)
    {
        var variables = new Dictionary<string, object?>
        {
            ["messages"] = TemplateValues.Of(s_file.GetProperty("chats").GetProperty(@case.GetProperty("chat").GetString()!)),
            ["tools"] = @case.GetProperty("tools").GetBoolean() ? TemplateValues.Of(s_file.GetProperty("tools")) : null,
            ["documents"] = null,
            ["add_generation_prompt"] = @case.GetProperty("prompt").GetBoolean(),
            ["bos_token"] = "<s>",
            ["eos_token"] = "</s>",
            ["strftime_now"] = Globals.Clock(new DateTime(2026, 3, 1, 9, 5, 7)),
        };
        try
        {
            return JinjaTemplate.Parse(source).Render(variables).Text;
        }
        catch (ChatTemplateException)
        {
            return null;
        }
    }
}
