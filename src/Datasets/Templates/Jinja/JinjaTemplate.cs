namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>A parsed Jinja2 template.</summary>
internal sealed class JinjaTemplate
{
    public static JinjaTemplate Parse(string source) => throw new NotImplementedException(source);

    public string Render(IReadOnlyDictionary<string, object?> variables) => throw new NotImplementedException(variables.Count.ToString());
}
