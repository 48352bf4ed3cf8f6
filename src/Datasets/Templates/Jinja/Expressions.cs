using System.Runtime.CompilerServices;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Something with a value; <see cref="Python"/> lists the kinds.</summary>
internal abstract record Expression
{
    public object? Evaluate(Scope scope)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        Meter.Step();
        return Value(scope);
    }

    protected abstract object? Value(Scope scope);

    /// <summary>How an expression reads, for errors.</summary>
    protected static string NameOf(Expression expression, int most = 8) => expression switch
    {
        _ when most == 0 => "…",
        Variable variable => variable.Name,
        Member member => $"{NameOf(member.Target, most - 1)}.{member.Name}",
        Index { Key: Constant key } index => $"{NameOf(index.Target, most - 1)}[{Python.Repr(key.Literal)}]",
        Index index => $"{NameOf(index.Target, most - 1)}[…]",
        _ => "the value",
    };
}

internal sealed record Constant(object? Literal) : Expression
{
    protected override object? Value(Scope scope) => Literal;
}

internal sealed record Variable(string Name, Position At) : Expression
{
    protected override object? Value(Scope scope) => scope[Name];
}

internal sealed record ListLiteral(IReadOnlyList<Expression> Items) : Expression
{
    protected override object? Value(Scope scope) => Items.Select(item => item.Evaluate(scope)).ToList();
}

internal sealed record TupleLiteral(IReadOnlyList<Expression> Items) : Expression
{
    protected override object? Value(Scope scope) => new PythonTuple(Items.Select(item => item.Evaluate(scope)));
}

internal sealed record DictionaryLiteral(IReadOnlyList<(Expression Key, Expression Value)> Entries) : Expression
{
    protected override object? Value(Scope scope)
    {
        var dictionary = new PythonDictionary();
        foreach (var (key, value) in Entries)
        {
            dictionary[key.Evaluate(scope)] = value.Evaluate(scope);
        }
        return dictionary;
    }
}

internal sealed record Conditional(Expression Condition, Expression Then, Expression Else) : Expression
{
    protected override object? Value(Scope scope) => (Python.IsTrue(Condition.Evaluate(scope)) ? Then : Else).Evaluate(scope);
}

internal sealed record Or(Expression Left, Expression Right) : Expression
{
    protected override object? Value(Scope scope) => Left.Evaluate(scope) is var left && Python.IsTrue(left) ? left : Right.Evaluate(scope);
}

internal sealed record And(Expression Left, Expression Right) : Expression
{
    protected override object? Value(Scope scope) => Left.Evaluate(scope) is var left && Python.IsTrue(left) ? Right.Evaluate(scope) : left;
}

internal sealed record Not(Expression Operand) : Expression
{
    protected override object? Value(Scope scope) => !Python.IsTrue(Operand.Evaluate(scope));
}

/// <summary>a &lt; b &lt; c holds when both comparisons do.</summary>
internal sealed record Comparison(Expression First, IReadOnlyList<(string Operator, Expression Right, Position At)> Links) : Expression
{
    protected override object? Value(Scope scope)
    {
        var left = First.Evaluate(scope);
        foreach (var (comparison, expression, at) in Links)
        {
            var right = expression.Evaluate(scope);
            if (!at.Run(() => Holds(comparison, left, right)))
            {
                return false;
            }
            left = right;
        }
        return true;
    }

    private static bool Holds(string comparison, object? left, object? right) => comparison switch
    {
        "==" => Python.AreEqual(left, right),
        "!=" => !Python.AreEqual(left, right),
        "<" => Python.Compare(left, right) < 0,
        "<=" => Python.Compare(left, right) <= 0,
        ">" => Python.Compare(left, right) > 0,
        ">=" => Python.Compare(left, right) >= 0,
        "in" => Python.Contains(right, left),
        _ => !Python.Contains(right, left),
    };
}

internal sealed record Concatenation(Expression Left, Expression Right) : Expression
{
    protected override object? Value(Scope scope)
    {
        var (left, right) = (Python.Str(Left.Evaluate(scope)), Python.Str(Right.Evaluate(scope)));
        Meter.Make(left.Length + right.Length);
        return left + right;
    }
}

internal sealed record Arithmetic(string Operator, Expression Left, Expression Right, Position At) : Expression
{
    protected override object? Value(Scope scope)
    {
        var (left, right) = (Left.Evaluate(scope), Right.Evaluate(scope));
        return At.Run(() => PythonNumbers.Calculate(Operator, left, right));
    }
}

/// <summary>−a; +a changes nothing but wants a number too.</summary>
internal sealed record Signed(bool Negative, Expression Operand, Position At) : Expression
{
    protected override object? Value(Scope scope)
    {
        var value = Operand.Evaluate(scope);
        return At.Run(() => Negative ? PythonNumbers.Negated(value) : PythonNumbers.Negated(PythonNumbers.Negated(value)));
    }
}

/// <summary><c>a.name</c>: a method or attribute if there is one, else the item.</summary>
internal sealed record Member(Expression Target, string Name, Position At) : Expression
{
    protected override object? Value(Scope scope)
    {
        var target = Target.Evaluate(scope);
        return target is Undefined
            ? throw At.Error($"'{NameOf(Target)}' is undefined, so it has no '{Name}'.")
            : Python.Attribute(target, Name);
    }
}

/// <summary><c>a[key]</c>: the item if there is one, else the method or attribute.</summary>
internal sealed record Index(Expression Target, Expression Key, Position At) : Expression
{
    protected override object? Value(Scope scope)
    {
        var (target, key) = (Target.Evaluate(scope), Key.Evaluate(scope));
        if (target is Undefined)
        {
            throw At.Error($"'{NameOf(Target)}' is undefined, so it has no [{Python.Repr(key)}].");
        }
        var item = Python.Item(target, key);
        return item is Undefined && key is string name ? Methods.Find(target, name) ?? item : item;
    }
}

internal sealed record Slice(Expression Target, Expression? Start, Expression? Stop, Expression? Step, Position At) : Expression
{
    protected override object? Value(Scope scope)
    {
        var target = Target.Evaluate(scope);
        var (start, stop, step) = (Bound(Start), Bound(Stop), Bound(Step));
        return At.Run(() => Python.Slice(target, start, stop, step));

        long? Bound(Expression? bound) => bound?.Evaluate(scope) switch
        {
            null => null,
            long value => value,
            var other => throw At.Error($"a slice needs whole numbers, not {Python.Repr(other)}."),
        };
    }
}

internal sealed record Arguments(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named, Expression? MorePositional = null, Expression? MoreNamed = null)
{
    public static Arguments None { get; } = new([], []);

    public CallArguments Evaluate(Scope scope)
    {
        if (Positional.Count + Named.Count == 0 && MorePositional is null && MoreNamed is null)
        {
            return CallArguments.None;
        }

        var positional = Positional.Select(argument => argument.Evaluate(scope)).ToList();
        var named = new Dictionary<string, object?>();
        foreach (var (name, value) in Named)
        {
            named[name] = value.Evaluate(scope);
        }

        positional.AddRange(MorePositional is null ? [] : Python.Iterate(MorePositional.Evaluate(scope)));
        foreach (var (name, value) in MoreNamed is null ? [] : MoreNamed.Evaluate(scope) is PythonDictionary more ? more.Entries : throw new PythonError("what follows ** must be a dictionary."))
        {
            named[Python.Str(name)] = value;
        }

        return new(positional, named);
    }
}

internal sealed record Call(Expression Function, Arguments Arguments, Position At) : Expression
{
    protected override object? Value(Scope scope) => Invoke(scope, caller: null);

    /// <param name="caller">What a call block hands over; null for an ordinary call.</param>
    public object? Invoke(Scope scope, Callable? caller)
    {
        Callable function = Function.Evaluate(scope) switch
        {
            Callable callable => callable,
            ICallable callable => callable.Call,
            _ => throw At.Error($"'{NameOf(Function)}' is not a function that is known here."),
        };
        return At.Run(() =>
        {
            var arguments = Arguments.Evaluate(scope);
            return function(caller is null ? arguments : arguments with { Named = new Dictionary<string, object?>(arguments.Named) { ["caller"] = caller } });
        });
    }
}

internal sealed record FilterCall(string Name, Expression Input, Arguments Arguments, Position At) : Expression
{
    public object? Apply(object? value, Scope scope)
    {
        var arguments = Arguments.Evaluate(scope);
        return At.Run(() => Filters.Apply(Name, value, arguments), $"the filter '{Name}': ");
    }

    protected override object? Value(Scope scope) => Apply(Input.Evaluate(scope), scope);
}

internal sealed record TestCall(string Name, Expression Input, Arguments Arguments, Position At) : Expression
{
    protected override object? Value(Scope scope)
    {
        var (value, arguments) = (Input.Evaluate(scope), Arguments.Evaluate(scope));
        return At.Run(() => TypeTests.Holds(Name, value, arguments), $"the test '{Name}': ");
    }
}
