using System.Text;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>A parsed Jinja2 template, with the extensions and settings of transformers' chat templates.</summary>
internal sealed class JinjaTemplate
{
    private readonly Statement _body;
    private readonly int _length;

    private JinjaTemplate(Statement body, int length) => (_body, _length) = (body, length);

    /// <exception cref="ChatTemplateException">A syntax error, with line and column.</exception>
    public static JinjaTemplate Parse(string source)
    {
        try
        {
            return new(Parser.Parse(source), source.Length);
        }
        catch (InsufficientExecutionStackException e)
        {
            throw new ChatTemplateException("the chat template is nested too deeply.", inner: e);
        }
    }

    /// <param name="inputCharacters">About how long the texts in the variables are: what the rendering may cost depends on it.</param>
    public Rendering Render(IReadOnlyDictionary<string, object?> variables, long inputCharacters = 0)
    {
        var (output, generated) = (new StringBuilder(), new GeneratedSpans());
        var scope = new Scope(null, output, generated);
        foreach (var (name, value) in Globals.All.Concat(variables))
        {
            scope[name] = value;
        }

        try
        {
            Meter.Run(inputCharacters + _length, () => _body.Run(scope));
        }
        catch (PythonError e)
        {
            throw new ChatTemplateException($"the chat template cannot render this conversation: {e.Message}", inner: e);
        }
        catch (InsufficientExecutionStackException e)
        {
            throw new ChatTemplateException("the chat template calls itself without end.", inner: e);
        }

        return new(output.ToString(), generated.Spans, generated.IsIncomplete);
    }
}

/// <param name="Generated">What stands in generation blocks, in order.</param>
/// <param name="IsIncomplete">Some generation blocks are missing, because they stand where their place in the text is not known.</param>
internal sealed record Rendering(string Text, IReadOnlyList<Range> Generated, bool IsIncomplete);
