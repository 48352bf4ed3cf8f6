using System.Text;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>A parsed Jinja2 template, with the extensions and settings of transformers' chat templates.</summary>
internal sealed class JinjaTemplate
{
    private readonly Statement _body;

    private JinjaTemplate(Statement body) => _body = body;

    /// <exception cref="ChatTemplateException">A syntax error, with line and column.</exception>
    public static JinjaTemplate Parse(string source)
    {
        try
        {
            return new(Parser.Parse(source));
        }
        catch (InsufficientExecutionStackException e)
        {
            throw new ChatTemplateException("the chat template is nested too deeply.", inner: e);
        }
    }

    public string Render(IReadOnlyDictionary<string, object?> variables)
    {
        var scope = new Scope(null, new StringBuilder());
        foreach (var (name, value) in Globals.All.Concat(variables))
        {
            scope[name] = value;
        }
        try
        {
            _body.Run(scope);
        }
        catch (PythonError e)
        {
            throw new ChatTemplateException($"the chat template cannot render this conversation: {e.Message}", inner: e);
        }
        catch (InsufficientExecutionStackException e)
        {
            throw new ChatTemplateException("the chat template calls itself without end.", inner: e);
        }
        return scope.Output.ToString();
    }
}
