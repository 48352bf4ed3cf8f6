using System.Runtime.CompilerServices;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Something with a value: null (none), bool, long, double, string, a list, a dictionary, a <see cref="Callable"/> or <see cref="Undefined"/>.</summary>
internal abstract record Expression
{
    public object? Evaluate(Scope scope)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return Value(scope);
    }

    protected abstract object? Value(Scope scope);
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
        var dictionary = new Dictionary<string, object?>();
        foreach (var (key, value) in Entries)
        {
            dictionary[Python.Str(key.Evaluate(scope))] = value.Evaluate(scope);
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
internal sealed record Comparison(Expression First, IReadOnlyList<(string Operator, Expression Right)> Links) : Expression
{
    protected override object? Value(Scope scope)
    {
        var left = First.Evaluate(scope);
        foreach (var (comparison, expression) in Links)
        {
            var right = expression.Evaluate(scope);
            if (!Holds(comparison, left, right))
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
    protected override object? Value(Scope scope) => Python.Str(Left.Evaluate(scope)) + Python.Str(Right.Evaluate(scope));
}

internal sealed record Arithmetic(string Operator, Expression Left, Expression Right, Position At) : Expression
{
    protected override object? Value(Scope scope)
    {
        var (left, right) = (Left.Evaluate(scope), Right.Evaluate(scope));
        try
        {
            return Python.Calculate(Operator, left, right);
        }
        catch (Exception e) when (e is PythonError or OverflowException)
        {
            throw At.Error(e.Message);
        }
    }
}

/// <summary><c>a.name</c>: a method or attribute if there is one, else the item.</summary>
internal sealed record Member(Expression Target, string Name, Position At) : Expression
{
    protected override object? Value(Scope scope)
    {
        var target = Target.Evaluate(scope);
        return target is Undefined
            ? throw At.Error($"'{Python.NameOf(Target)}' is undefined, so it has no '{Name}'.")
            : Methods.Find(target, Name) ?? Python.Item(target, Name);
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
            throw At.Error($"'{Python.NameOf(Target)}' is undefined, so it has no [{Python.Repr(key)}].");
        }
        var item = Python.Item(target, key);
        return item is Undefined && key is string name ? Methods.Find(target, name) ?? item : item;
    }
}

internal sealed record Slice(Expression Target, Expression? Start, Expression? Stop, Expression? Step, Position At) : Expression
{
    protected override object? Value(Scope scope)
    {
        try
        {
            return Python.Slice(Target.Evaluate(scope), Bound(Start), Bound(Stop), Bound(Step));
        }
        catch (PythonError e)
        {
            throw At.Error(e.Message);
        }

        long? Bound(Expression? bound) => bound?.Evaluate(scope) switch
        {
            null => null,
            long value => value,
            var other => throw At.Error($"a slice needs whole numbers, not {Python.Repr(other)}."),
        };
    }
}

internal sealed record Arguments(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    public static Arguments None { get; } = new([], []);

    public CallArguments Evaluate(Scope scope) => new(
        [.. Positional.Select(argument => argument.Evaluate(scope))], Named.ToDictionary(argument => argument.Name, argument => argument.Value.Evaluate(scope)));
}

internal sealed record Call(Expression Function, Arguments Arguments, Position At) : Expression
{
    protected override object? Value(Scope scope)
    {
        if (Function.Evaluate(scope) is not Callable function)
        {
            throw At.Error($"'{Python.NameOf(Function)}' is not a function that is known here.");
        }
        try
        {
            return function(Arguments.Evaluate(scope));
        }
        catch (PythonError e)
        {
            throw At.Error(e.Message);
        }
    }
}

internal sealed record FilterCall(string Name, Expression Input, Arguments Arguments, Position At) : Expression
{
    public object? Apply(object? value, Scope scope)
    {
        try
        {
            return Filters.Apply(Name, value, Arguments.Evaluate(scope));
        }
        catch (Exception e) when (e is PythonError or OverflowException)
        {
            throw At.Error($"the filter '{Name}': {e.Message}");
        }
    }

    protected override object? Value(Scope scope) => Apply(Input.Evaluate(scope), scope);
}

internal sealed record TestCall(string Name, Expression Input, Arguments Arguments, Position At) : Expression
{
    protected override object? Value(Scope scope)
    {
        try
        {
            return TypeTests.Holds(Name, Input.Evaluate(scope), Arguments.Evaluate(scope));
        }
        catch (PythonError e)
        {
            throw At.Error($"the test '{Name}': {e.Message}");
        }
    }
}
