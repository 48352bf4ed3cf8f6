using System.Globalization;
using System.Numerics;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Expressions, loosest binding first: condition, or, and, not, comparison, + −, ~, * / // %, **, unary, then what follows a value: . [] () | is.</summary>
internal sealed class ExpressionParser(TokenStream tokens)
{
    /// <summary>Deeper nesting than any template has, shallower than the stack.</summary>
    private const int DeepestNesting = 200;

    private int _depth;

    public Expression Expression() => Nested(Conditional);

    /// <summary>One expression, or several with commas between them.</summary>
    public Expression Tuple() => Tuple(Expression);

    /// <summary>As <see cref="Tuple()"/> but an <c>if</c> after it is left for the loop.</summary>
    public Expression TupleWithoutCondition() => Tuple(Or);

    public Expression TupleOrCondition() => Tuple(Expression);

    /// <summary>What a loop or a set assigns to: a name, names with commas between them, nested in parentheses or not, or a namespace's attribute.</summary>
    public Target Target()
    {
        var at = tokens.Current.At;
        var first = TargetPart();
        if (first is NameTarget name && tokens.Try("."))
        {
            return new AttributeTarget(name.Name, tokens.Expect(TokenKind.Name).Text, at);
        }

        return tokens.Current.Is(",") ? TupleTarget(first, at) : first;
    }

    private Target TargetPart() => Nested<Target>(() =>
    {
        var at = tokens.Current.At;
        if (!tokens.Try("("))
        {
            return new NameTarget(tokens.Expect(TokenKind.Name).Text, at);
        }

        var inner = TargetPart();
        inner = tokens.Current.Is(",") ? TupleTarget(inner, at) : inner;
        tokens.Expect(")");
        return inner;
    });

    private TupleTarget TupleTarget(Target first, Position at)
    {
        var parts = new List<Target> { first };
        while (tokens.Try(",") && (tokens.Current.Is("(") || (tokens.Current.Kind == TokenKind.Name && !tokens.Current.IsName("in"))))
        {
            parts.Add(TargetPart());
        }

        return new(parts, at);
    }

    /// <summary>What a macro or call block takes, with defaults; after the opening parenthesis.</summary>
    public List<(string Name, Expression? Default)> Parameters()
    {
        var parameters = new List<(string, Expression?)>();
        while (!tokens.Try(")"))
        {
            if (parameters.Count > 0)
            {
                tokens.Expect(",");
            }

            parameters.Add((tokens.Expect(TokenKind.Name).Text, tokens.Try("=") ? Expression() : null));
        }

        return parameters;
    }

    /// <summary>Filters after a block's opening; the first stands without a bar when <paramref name="first"/> is set.</summary>
    public IReadOnlyList<FilterCall> FilterChain(bool first = false)
    {
        var filters = new List<FilterCall>();
        while (first || tokens.Try("|"))
        {
            filters.Add(FilterCall(new Constant(null)));
            first = false;
        }
        return filters;
    }

    private Expression Tuple(Func<Expression> element)
    {
        var items = new List<Expression> { element() };
        if (!tokens.Current.Is(","))
        {
            return items[0];
        }
        while (tokens.Try(",") && !EndsTuple())
        {
            items.Add(element());
        }
        return new TupleLiteral(items);
    }

    private bool EndsTuple() => tokens.Current.Kind is TokenKind.BlockEnd or TokenKind.OutputEnd || tokens.Current.Is(")") || tokens.Current.Is("]");

    private Expression Conditional()
    {
        var value = Or();
        while (tokens.TryName("if"))
        {
            var condition = Or();
            value = new Conditional(condition, value, tokens.TryName("else") ? Expression() : new Constant(Undefined.Instance));
        }
        return value;
    }

    private Expression Or()
    {
        var left = And();
        while (tokens.TryName("or"))
        {
            left = new Or(left, And());
        }
        return left;
    }

    private Expression And()
    {
        var left = Not();
        while (tokens.TryName("and"))
        {
            left = new And(left, Not());
        }
        return left;
    }

    private Expression Not() => tokens.TryName("not") ? new Not(Nested(Not)) : Comparison();

    private Expression Comparison()
    {
        var first = Sum();
        var links = new List<(string, Expression, Position)>();
        for (var at = tokens.Current.At; ComparisonOperator() is { } comparison; at = tokens.Current.At)
        {
            links.Add((comparison, Sum(), at));
        }
        return links.Count == 0 ? first : new Comparison(first, links);
    }

    private string? ComparisonOperator()
    {
        if (tokens.Current is { Kind: TokenKind.Operator, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" })
        {
            return tokens.Next().Text;
        }
        if (tokens.TryName("in"))
        {
            return "in";
        }
        if (tokens.Current.IsName("not") && tokens.Following.IsName("in"))
        {
            tokens.Next();
            tokens.Next();
            return "not in";
        }
        return null;
    }

    private Expression Sum()
    {
        var left = Concatenation();
        while (tokens.Current is { Kind: TokenKind.Operator, Text: "+" or "-" })
        {
            var sign = tokens.Next();
            left = new Arithmetic(sign.Text, left, Concatenation(), sign.At);
        }
        return left;
    }

    private Expression Concatenation()
    {
        var left = Product();
        while (tokens.Try("~"))
        {
            left = new Concatenation(left, Product());
        }
        return left;
    }

    private Expression Product()
    {
        var left = Power();
        while (tokens.Current is { Kind: TokenKind.Operator, Text: "*" or "/" or "//" or "%" })
        {
            var sign = tokens.Next();
            left = new Arithmetic(sign.Text, left, Power(), sign.At);
        }
        return left;
    }

    private Expression Power()
    {
        var left = Unary(withFilters: true);
        while (tokens.Current.Is("**"))
        {
            var sign = tokens.Next();
            left = new Arithmetic("**", left, Unary(withFilters: true), sign.At);
        }
        return left;
    }

    private Expression Unary(bool withFilters)
    {
        var at = tokens.Current.At;
        var value = tokens.Current is { Kind: TokenKind.Operator, Text: "-" or "+" } ? new Signed(tokens.Next().Text == "-", Nested(() => Unary(false)), at) : Primary();
        value = Postfix(value);
        return withFilters ? Filtered(value) : value;
    }

    private Expression Primary()
    {
        var token = tokens.Next();
        return token.Kind switch
        {
            TokenKind.Name => token.Text switch
            {
                "true" or "True" => new Constant(true),
                "false" or "False" => new Constant(false),
                "none" or "None" => new Constant(null),
                _ => new Variable(token.Text, token.At),
            },
            TokenKind.String => new Constant(AdjacentStrings(token.Text)),
            TokenKind.Integer => new Constant(PythonNumbers.Shrunk(Whole(token))),
            TokenKind.Float => new Constant(double.Parse(token.Text, CultureInfo.InvariantCulture)),
            TokenKind.Operator when token.Text == "(" => Parenthesized(),
            TokenKind.Operator when token.Text == "[" => new ListLiteral(Items("]")),
            TokenKind.Operator when token.Text == "{" => Dictionary(),
            _ => throw token.At.Error($"found {token}, expected a value."),
        };
    }

    private static BigInteger Whole(Token token) => token.Text switch
    {
        { Length: > 1000 } => throw token.At.Error("the number is too large."),
        ['0', 'x' or 'X', .. var digits] => BigInteger.Parse($"0{digits}", NumberStyles.HexNumber, CultureInfo.InvariantCulture),
        ['0', 'b' or 'B', .. var digits] => digits.Aggregate(BigInteger.Zero, (value, digit) => value * 2 + (digit - '0')),
        ['0', 'o' or 'O', .. var digits] => digits.Aggregate(BigInteger.Zero, (value, digit) => value * 8 + (digit - '0')),
        var digits => BigInteger.Parse(digits, CultureInfo.InvariantCulture),
    };

    private string AdjacentStrings(string first)
    {
        while (tokens.Current.Kind == TokenKind.String)
        {
            first += tokens.Next().Text;
        }
        return first;
    }

    private Expression Parenthesized()
    {
        if (tokens.Try(")"))
        {
            return new TupleLiteral([]);
        }
        var value = Tuple();
        tokens.Expect(")");
        return value;
    }

    private List<Expression> Items(string end)
    {
        var items = new List<Expression>();
        while (!tokens.Try(end))
        {
            if (items.Count > 0)
            {
                tokens.Expect(",");
                if (tokens.Try(end))
                {
                    break;
                }
            }
            items.Add(Expression());
        }
        return items;
    }

    private DictionaryLiteral Dictionary()
    {
        var entries = new List<(Expression, Expression)>();
        while (!tokens.Try("}"))
        {
            if (entries.Count > 0)
            {
                tokens.Expect(",");
                if (tokens.Try("}"))
                {
                    break;
                }
            }
            var key = Expression();
            tokens.Expect(":");
            entries.Add((key, Expression()));
        }
        return new(entries);
    }

    private Expression Postfix(Expression value)
    {
        while (true)
        {
            var at = tokens.Current.At;
            if (tokens.Try("."))
            {
                var name = tokens.Next();
                value = name.Kind switch
                {
                    TokenKind.Name => new Member(value, name.Text, at),
                    TokenKind.Integer => new Index(value, new Constant(PythonNumbers.Shrunk(Whole(name))), at),
                    _ => throw name.At.Error($"found {name}, expected a name after '.'."),
                };
            }
            else if (tokens.Try("["))
            {
                value = Subscript(value, at);
            }
            else if (tokens.Try("("))
            {
                value = new Call(value, Arguments(), at);
            }
            else
            {
                return value;
            }
        }
    }

    private Expression Subscript(Expression value, Position at)
    {
        var first = tokens.Current.Is(":") ? null : Tuple();
        if (!tokens.Try(":"))
        {
            tokens.Expect("]");
            return new Index(value, first!, at);
        }
        var stop = tokens.Current.Is(":") || tokens.Current.Is("]") ? null : Expression();
        var step = tokens.Try(":") && !tokens.Current.Is("]") ? Expression() : null;
        tokens.Expect("]");
        return new Slice(value, first, stop, step, at);
    }

    private Expression Filtered(Expression value)
    {
        while (true)
        {
            var at = tokens.Current.At;
            if (tokens.Try("|"))
            {
                value = FilterCall(value);
            }
            else if (tokens.TryName("is"))
            {
                value = Test(value);
            }
            else if (tokens.Try("("))
            {
                value = new Call(value, Arguments(), at);
            }
            else
            {
                return value;
            }
        }
    }

    private FilterCall FilterCall(Expression value)
    {
        var name = tokens.Expect(TokenKind.Name);
        return Filters.Exists(name.Text)
            ? new(name.Text, value, tokens.Try("(") ? Arguments() : Jinja.Arguments.None, name.At)
            : throw name.At.Error($"the filter '{name.Text}' is not known here.");
    }

    private Expression Test(Expression value)
    {
        var negated = tokens.TryName("not");
        var name = tokens.Expect(TokenKind.Name);
        var arguments = tokens.Try("(") ? Arguments() : StartsTestArgument() ? new([Postfix(Primary())], [])
            : tokens.Current.IsName("is") ? throw tokens.Unexpected("one test; a second one needs parentheses around the first") : Jinja.Arguments.None;
        if (!TypeTests.Exists(name.Text))
        {
            throw name.At.Error($"the test '{name.Text}' is not known here.");
        }
        var test = new TestCall(name.Text, value, arguments, name.At);
        return negated ? new Not(test) : test;
    }

    // "x is divisibleby 3": a value right after the name is the argument.
    private bool StartsTestArgument() => tokens.Current.Kind switch
    {
        TokenKind.Name => tokens.Current.Text is not ("else" or "or" or "and" or "is" or "if" or "not" or "in"),
        TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
        TokenKind.Operator => tokens.Current.Text is "[" or "{",
        _ => false,
    };

    /// <summary>After the opening parenthesis: values, then named ones, then <c>*more</c> and <c>**named</c>.</summary>
    private Arguments Arguments()
    {
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        Expression? morePositional = null, moreNamed = null;
        while (!tokens.Try(")"))
        {
            if (positional.Count + named.Count > 0 || morePositional is not null || moreNamed is not null)
            {
                tokens.Expect(",");
                if (tokens.Try(")"))
                {
                    break;
                }
            }
            if (moreNamed is null && tokens.Try("**"))
            {
                moreNamed = Expression();
            }
            else if (moreNamed is null && morePositional is null && tokens.Try("*"))
            {
                morePositional = Expression();
            }
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Following.Is("="))
            {
                var name = tokens.Next().Text;
                tokens.Next();
                named.Add((name, Expression()));
            }
            else
            {
                positional.Add(named.Count == 0 ? Expression() : throw tokens.Unexpected("a named argument, because one stands before"));
            }
        }
        return new(positional, named, morePositional, moreNamed);
    }

    private T Nested<T>(Func<T> parse)
    {
        if (++_depth > DeepestNesting)
        {
            throw tokens.Current.At.Error($"expressions are nested more than {DeepestNesting} deep.");
        }
        var value = parse();
        _depth--;
        return value;
    }
}
