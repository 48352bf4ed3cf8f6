namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>Something that writes or sets.</summary>
internal abstract record Statement
{
    public abstract Flow Run(Scope scope);
}

/// <summary>How a statement ended.</summary>
internal enum Flow
{
    On,
    Break,
    Continue,
}

internal sealed record TextOutput(string Text) : Statement
{
    public override Flow Run(Scope scope)
    {
        scope.Write(Text);
        return Flow.On;
    }
}

internal sealed record Output(Expression Value, Position At) : Statement
{
    public override Flow Run(Scope scope)
    {
        var value = Value.Evaluate(scope);
        scope.Write(value as string ?? At.Run(() => Python.Str(value)));
        return Flow.On;
    }
}

/// <param name="Names">Every name that stands in it.</param>
internal sealed record Block(IReadOnlyList<Statement> Statements, IReadOnlySet<string> Names) : Statement
{
    public override Flow Run(Scope scope)
    {
        foreach (var statement in Statements)
        {
            Meter.Step();
            if (statement.Run(scope) is not Flow.On and var flow)
            {
                return flow;
            }
        }
        return Flow.On;
    }
}

internal sealed record Break : Statement
{
    public override Flow Run(Scope scope) => Flow.Break;
}

internal sealed record Continue : Statement
{
    public override Flow Run(Scope scope) => Flow.Continue;
}

internal sealed record If(IReadOnlyList<(Expression Condition, Block Body)> Branches, Block? Else) : Statement
{
    public override Flow Run(Scope scope)
    {
        foreach (var (condition, body) in Branches)
        {
            if (Python.IsTrue(condition.Evaluate(scope)))
            {
                return body.Run(scope);
            }
        }
        return Else?.Run(scope) ?? Flow.On;
    }
}

internal sealed record Set(Target Target, Expression Value) : Statement
{
    public override Flow Run(Scope scope)
    {
        Target.Assign(scope, Value.Evaluate(scope));
        return Flow.On;
    }
}

internal sealed record SetBlock(Target Target, Block Body, IReadOnlyList<FilterCall> Filters) : Statement
{
    public override Flow Run(Scope scope)
    {
        Target.Assign(scope, Filters.Aggregate((object?)scope.TextOf(inner => Body.Run(inner)), (value, filter) => filter.Apply(value, scope)));
        return Flow.On;
    }
}

internal sealed record FilterBlock(Block Body, IReadOnlyList<FilterCall> Filters) : Statement
{
    public override Flow Run(Scope scope)
    {
        scope.Write(Python.Str(Filters.Aggregate((object?)scope.TextOf(inner => Body.Run(inner)), (value, filter) => filter.Apply(value, scope))));
        return Flow.On;
    }
}

/// <summary><c>{% with a = 1 %}</c>: what is set inside stays inside; the values are those of the outside.</summary>
internal sealed record With(IReadOnlyList<(Target Target, Expression Value)> Assignments, Block Body) : Statement
{
    public override Flow Run(Scope scope)
    {
        var inner = scope.Inner();
        foreach (var (target, value) in Assignments)
        {
            target.Assign(inner, value.Evaluate(scope));
        }

        return Body.Run(inner);
    }
}
