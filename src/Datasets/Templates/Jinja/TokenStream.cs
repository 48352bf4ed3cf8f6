namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>The tokens and where the parser stands.</summary>
internal sealed class TokenStream(IReadOnlyList<Token> tokens)
{
    private int _at;

    public Token Current => tokens[_at];

    public int Place => _at;

    public Token Following => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    public Token Next() => tokens[_at < tokens.Count - 1 ? _at++ : _at];

    /// <summary>Every name since a <see cref="Place"/>.</summary>
    public IReadOnlySet<string> NamesSince(int place) => tokens.Skip(place).Take(_at - place).Where(token => token.Kind == TokenKind.Name).Select(token => token.Text).ToHashSet();

    public bool Try(string operatorText) => Take(Current.Is(operatorText));

    public bool TryName(string name) => Take(Current.IsName(name));

    public Token Expect(TokenKind kind) => Current.Kind == kind ? Next() : throw Unexpected(kind switch
    {
        TokenKind.BlockEnd => "'%}'",
        TokenKind.OutputEnd => "'}}'",
        TokenKind.Name => "a name",
        _ => kind.ToString(),
    });

    public void Expect(string operatorText)
    {
        if (!Try(operatorText))
        {
            throw Unexpected($"'{operatorText}'");
        }
    }

    public void ExpectName(string name)
    {
        if (!TryName(name))
        {
            throw Unexpected($"'{name}'");
        }
    }

    public ChatTemplateException Unexpected(string expected) => Current.At.Error($"found {Current}, expected {expected}.");

    private bool Take(bool matches)
    {
        _at += matches ? 1 : 0;
        return matches;
    }
}
