using System.Text;

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
        scope.Output.Append(Text);
        return Flow.On;
    }
}

internal sealed record Output(Expression Value) : Statement
{
    public override Flow Run(Scope scope)
    {
        scope.Output.Append(Python.Str(Value.Evaluate(scope)));
        return Flow.On;
    }
}

internal sealed record Block(IReadOnlyList<Statement> Statements) : Statement
{
    public override Flow Run(Scope scope)
    {
        foreach (var statement in Statements)
        {
            if (statement.Run(scope) is not Flow.On and var flow)
            {
                return flow;
            }
        }
        return Flow.On;
    }

    /// <summary>What the block writes, as a string.</summary>
    public string Text(Scope scope)
    {
        var output = new StringBuilder();
        Run(scope.Inner(output));
        return output.ToString();
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

/// <summary>What is assigned to: one name, several that a sequence is unpacked to, or a namespace's attribute.</summary>
internal sealed record Target(IReadOnlyList<string> Names, string? Attribute, Position At)
{
    public void Assign(Scope scope, object? value)
    {
        if (Attribute is not null)
        {
            if (scope[Names[0]] is not Namespace target)
            {
                throw At.Error($"'{Names[0]}' is not a namespace, so '{Names[0]}.{Attribute}' cannot be set.");
            }
            target.Values[Attribute] = value;
        }
        else if (Names.Count == 1)
        {
            scope[Names[0]] = value;
        }
        else
        {
            Unpack(scope, value);
        }
    }

    private void Unpack(Scope scope, object? value)
    {
        var items = value is IReadOnlyList<object?> list ? list : throw At.Error($"{Python.Repr(value)} cannot be unpacked to {Names.Count} names.");
        if (items.Count != Names.Count)
        {
            throw At.Error($"{items.Count} values cannot be unpacked to {Names.Count} names.");
        }
        for (var i = 0; i < Names.Count; i++)
        {
            scope[Names[i]] = items[i];
        }
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
        Target.Assign(scope, Filters.Aggregate((object?)Body.Text(scope), (value, filter) => filter.Apply(value, scope)));
        return Flow.On;
    }
}

internal sealed record FilterBlock(Block Body, IReadOnlyList<FilterCall> Filters) : Statement
{
    public override Flow Run(Scope scope)
    {
        scope.Output.Append(Python.Str(Filters.Aggregate((object?)Body.Text(scope), (value, filter) => filter.Apply(value, scope))));
        return Flow.On;
    }
}

internal sealed record ForLoop(Target Target, Expression Items, Expression? Condition, Block Body, Block? Else) : Statement
{
    public override Flow Run(Scope scope)
    {
        var items = Chosen(scope);
        for (var i = 0; i < items.Count; i++)
        {
            var inner = scope.Inner();
            inner["loop"] = Loop(items, i);
            Target.Assign(inner, items[i]);
            if (Body.Run(inner) == Flow.Break)
            {
                return Flow.On;
            }
        }
        return items.Count == 0 && Else is not null ? Else.Run(scope) : Flow.On;
    }

    private List<object?> Chosen(Scope scope)
    {
        List<object?> items;
        try
        {
            items = [.. Python.Iterate(Items.Evaluate(scope))];
        }
        catch (PythonError e)
        {
            throw Target.At.Error(e.Message);
        }
        return Condition is null ? items : items.FindAll(item =>
        {
            var inner = scope.Inner();
            Target.Assign(inner, item);
            return Python.IsTrue(Condition.Evaluate(inner));
        });
    }

    private static Dictionary<string, object?> Loop(List<object?> items, int i) => new()
    {
        ["index"] = i + 1L,
        ["index0"] = (long)i,
        ["revindex"] = (long)(items.Count - i),
        ["revindex0"] = items.Count - i - 1L,
        ["first"] = i == 0,
        ["last"] = i == items.Count - 1,
        ["length"] = (long)items.Count,
        ["previtem"] = i > 0 ? items[i - 1] : Undefined.Instance,
        ["nextitem"] = i + 1 < items.Count ? items[i + 1] : Undefined.Instance,
        ["cycle"] = (Callable)(arguments => arguments.Positional[i % arguments.Positional.Count]),
    };
}

internal sealed record Macro(string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, Block Body) : Statement
{
    public override Flow Run(Scope scope)
    {
        scope[Name] = (Callable)(arguments =>
        {
            System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
            var inner = scope.Inner(new StringBuilder());
            for (var i = 0; i < Parameters.Count; i++)
            {
                var (name, otherwise) = Parameters[i];
                inner[name] = arguments.Has(i, name) ? arguments.Get(i, name) : otherwise?.Evaluate(inner) ?? (otherwise is null ? Undefined.Instance : null);
            }
            Body.Run(inner);
            return inner.Output.ToString();
        });
        return Flow.On;
    }
}

/// <summary>What <c>namespace()</c> makes: attributes that a loop may set for the outside.</summary>
internal sealed record Namespace(Dictionary<string, object?> Values);
