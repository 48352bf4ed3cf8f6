namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Tokens to statements: Jinja2's parser.py without inheritance and imports, with the loop controls and the generation tag that transformers adds.</summary>
internal sealed class Parser
{
    private readonly TokenStream _tokens;
    private readonly ExpressionParser _expressions;

    private Parser(IReadOnlyList<Token> tokens)
    {
        _tokens = new TokenStream(tokens);
        _expressions = new ExpressionParser(_tokens);
    }

    public static Statement Parse(string source)
    {
        var parser = new Parser(Lexer.Tokenize(source));
        var body = parser.Body([]);
        return parser._tokens.Current.Kind == TokenKind.End ? body : throw parser._tokens.Unexpected("a tag that is open");
    }

    /// <summary>Statements until the end, or until a block tag with one of the names; that tag's name is then the current token.</summary>
    private Block Body(params string[] ends)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        var statements = new List<Statement>();
        while (true)
        {
            var token = _tokens.Current;
            switch (token.Kind)
            {
                case TokenKind.Text:
                    statements.Add(new TextOutput(_tokens.Next().Text));
                    break;
                case TokenKind.OutputStart:
                    _tokens.Next();
                    statements.Add(new Output(_expressions.Tuple()));
                    _tokens.Expect(TokenKind.OutputEnd);
                    break;
                case TokenKind.BlockStart:
                    _tokens.Next();
                    if (_tokens.Current.Kind == TokenKind.Name && ends.Contains(_tokens.Current.Text))
                    {
                        return new(statements);
                    }
                    statements.Add(Tag());
                    break;
                default:
                    return ends.Length == 0 ? new(statements) : throw _tokens.Unexpected($"{{% {string.Join(" %} or {% ", ends)} %}}");
            }
        }
    }

    private Statement Tag()
    {
        var name = _tokens.Expect(TokenKind.Name);
        return name.Text switch
        {
            "for" => For(),
            "if" => If(),
            "set" => Set(),
            "macro" => Macro(),
            "filter" => FilterBlock(),
            "generation" => Enclosed("endgeneration"),          // transformers: marks the assistant's text, renders as it is
            "break" => Simple(new Break()),
            "continue" => Simple(new Continue()),
            _ => throw name.At.Error($"the tag '{name.Text}' is not known here. Known: for, if, set, macro, filter, raw, break, continue, generation."),
        };
    }

    private Statement Simple(Statement statement)
    {
        EndTag();
        return statement;
    }

    private Block Enclosed(string end)
    {
        EndTag();
        var body = Body(end);
        _tokens.Next();
        EndTag();
        return body;
    }

    private ForLoop For()
    {
        var target = _expressions.Target();
        _tokens.ExpectName("in");
        var items = _expressions.TupleWithoutCondition();
        var condition = _tokens.TryName("if") ? _expressions.Expression() : null;
        if (_tokens.Current.IsName("recursive"))
        {
            throw _tokens.Current.At.Error("recursive loops are not known here.");
        }
        EndTag();
        var body = Body("else", "endfor");
        var otherwise = (Block?)null;
        if (_tokens.Next().Text == "else")
        {
            EndTag();
            otherwise = Body("endfor");
            _tokens.Next();
        }
        EndTag();
        return new(target, items, condition, body, otherwise);
    }

    private If If()
    {
        var branches = new List<(Expression, Block)>();
        while (true)
        {
            var condition = _expressions.TupleOrCondition();
            EndTag();
            branches.Add((condition, Body("elif", "else", "endif")));
            switch (_tokens.Next().Text)
            {
                case "elif":
                    continue;
                case "else":
                    EndTag();
                    var otherwise = Body("endif");
                    _tokens.Next();
                    EndTag();
                    return new(branches, otherwise);
                default:
                    EndTag();
                    return new(branches, null);
            }
        }
    }

    private Statement Set()
    {
        var target = _expressions.Target();
        if (_tokens.Try("="))
        {
            var value = _expressions.Tuple();
            EndTag();
            return new Set(target, value);
        }
        var filters = _expressions.FilterChain();
        EndTag();
        var body = Body("endset");
        _tokens.Next();
        EndTag();
        return new SetBlock(target, body, filters);
    }

    private Macro Macro()
    {
        var name = _tokens.Expect(TokenKind.Name).Text;
        _tokens.Expect("(");
        var parameters = new List<(string, Expression?)>();
        while (!_tokens.Try(")"))
        {
            if (parameters.Count > 0)
            {
                _tokens.Expect(",");
            }
            parameters.Add((_tokens.Expect(TokenKind.Name).Text, _tokens.Try("=") ? _expressions.Expression() : null));
        }
        EndTag();
        var body = Body("endmacro");
        _tokens.Next();
        EndTag();
        return new(name, parameters, body);
    }

    private FilterBlock FilterBlock()
    {
        var filters = _expressions.FilterChain(first: true);
        EndTag();
        var body = Body("endfilter");
        _tokens.Next();
        EndTag();
        return new(body, filters);
    }

    private void EndTag() => _tokens.Expect(TokenKind.BlockEnd);
}
