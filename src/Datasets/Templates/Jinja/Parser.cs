using System.Runtime.CompilerServices;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Tokens to statements: Jinja2's parser.py without inheritance and imports, with the loop controls and the generation tag that transformers adds.</summary>
internal sealed class Parser
{
    private readonly TokenStream _tokens;
    private readonly ExpressionParser _expressions;
    private int _loops;

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
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var (statements, start) = (new List<Statement>(), _tokens.Place);
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
                    statements.Add(new Output(_expressions.Tuple(), token.At));
                    _tokens.Expect(TokenKind.OutputEnd);
                    break;
                case TokenKind.BlockStart:
                    _tokens.Next();
                    if (_tokens.Current.Kind == TokenKind.Name && ends.Contains(_tokens.Current.Text))
                    {
                        return new(statements, _tokens.NamesSince(start));
                    }
                    statements.Add(Tag());
                    break;
                default:
                    return ends.Length == 0 ? new(statements, _tokens.NamesSince(start)) : throw _tokens.Unexpected($"{{% {string.Join(" %} or {% ", ends)} %}}");
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
            "with" => With(),
            "macro" => Macro(name.At),
            "call" => Call(name.At),
            "filter" => FilterBlock(),
            "generation" => new GenerationBlock(OutsideLoops("endgeneration")),
            "print" => Print(name.At),
            "break" or "continue" when _loops == 0 => throw name.At.Error($"'{name.Text}' stands outside of a loop."),
            "break" => Simple(new Break()),
            "continue" => Simple(new Continue()),
            _ => throw name.At.Error($"the tag '{name.Text}' is not known here. Known: for, if, set, with, macro, call, filter, raw, print, break, continue, generation."),
        };
    }

    private Statement Simple(Statement statement)
    {
        EndTag();
        return statement;
    }

    /// <summary>The rest of the opening tag, the body and the closing tag.</summary>
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
        var recursive = _tokens.TryName("recursive");
        EndTag();
        _loops++;
        var body = Body("else", "endfor");
        _loops--;
        var otherwise = _tokens.Next().Text == "else" ? Enclosed("endfor") : null;
        if (otherwise is null)
        {
            EndTag();
        }

        return new(target, items, condition, body, otherwise, recursive);
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
                    return new(branches, Enclosed("endif"));
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
        return new SetBlock(target, Enclosed("endset"), filters);
    }

    private With With()
    {
        var assignments = new List<(Target, Expression)>();
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (assignments.Count > 0)
            {
                _tokens.Expect(",");
            }

            var target = _expressions.Target();
            _tokens.Expect("=");
            assignments.Add((target, _expressions.Expression()));
        }

        return new(assignments, Enclosed("endwith"));
    }

    private Macro Macro(Position at)
    {
        var name = _tokens.Expect(TokenKind.Name).Text;
        _tokens.Expect("(");
        return new(name, _expressions.Parameters(), OutsideLoops("endmacro"), at);
    }

    private CallBlock Call(Position at)
    {
        var parameters = _tokens.Try("(") ? _expressions.Parameters() : [];
        var call = _expressions.Expression() as Call ?? throw at.Error("a call block needs the call of a macro.");
        return new(call, new Macro("caller", parameters, OutsideLoops("endcall"), at), at);
    }

    private FilterBlock FilterBlock()
    {
        var filters = _expressions.FilterChain(first: true);
        return new(Enclosed("endfilter"), filters);
    }

    private Output Print(Position at)
    {
        var value = _expressions.Tuple();
        EndTag();
        return new(value, at);
    }

    // A macro's body is a function of its own: the loop around it cannot be left from there.
    private Block OutsideLoops(string end)
    {
        var loops = _loops;
        _loops = 0;
        var body = Enclosed(end);
        _loops = loops;
        return body;
    }

    private void EndTag() => _tokens.Expect(TokenKind.BlockEnd);
}
