namespace ServerlessTuning.Datasets.Templates.Jinja;

internal enum TokenKind
{
    /// <summary>Text outside tags, white space control already applied.</summary>
    Text,
    BlockStart,
    BlockEnd,
    OutputStart,
    OutputEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>Where something stands in the template, counted from 1.</summary>
internal readonly record struct Position(int Line, int Column)
{
    public ChatTemplateException Error(string message, Exception? inner = null) => new(message, Line, Column, inner);

    /// <summary>Runs what stands here, so that an error of Python's has its place.</summary>
    /// <exception cref="ChatTemplateException">Instead of the <see cref="PythonError"/>.</exception>
    public T Run<T>(Func<T> what, string prefix = "")
    {
        try
        {
            return what();
        }
        catch (Exception e) when (e is PythonError or OverflowException)
        {
            throw Error(prefix + e.Message, e);
        }
    }
}

/// <param name="Text">For strings the value, escapes resolved.</param>
internal readonly record struct Token(TokenKind Kind, string Text, Position At)
{
    public bool Is(string operatorText) => Kind == TokenKind.Operator && Text == operatorText;

    public bool IsName(string name) => Kind == TokenKind.Name && Text == name;

    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.BlockEnd => "'%}'",
        TokenKind.OutputEnd => "'}}'",
        TokenKind.Text => "text",
        _ => $"'{Text}'",
    };
}
