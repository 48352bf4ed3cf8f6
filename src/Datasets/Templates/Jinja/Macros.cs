using System.Runtime.CompilerServices;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>A block with a name and parameters; calling it gives its text.</summary>
internal sealed record Macro(string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, Block Body, Position At) : Statement
{
    public override Flow Run(Scope scope)
    {
        scope[Name] = Bind(scope);
        return Flow.On;
    }

    public Callable Bind(Scope scope) => arguments =>
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return scope.TextOf(inner =>
        {
            Bind(inner, arguments);
            Body.Run(inner);
        });
    };

    private void Bind(Scope inner, CallArguments arguments)
    {
        for (var i = 0; i < Parameters.Count; i++)
        {
            var (name, otherwise) = Parameters[i];
            inner[name] = arguments.Has(i, name) ? arguments.Get(i, name) : otherwise is null ? Undefined.Instance : otherwise.Evaluate(inner);
        }

        var more = arguments.Named.Where(argument => argument.Key != "caller" && !Parameters.Any(parameter => parameter.Name == argument.Key)).ToList();
        inner["varargs"] = new PythonTuple(arguments.Positional.Skip(Parameters.Count));
        inner["kwargs"] = Globals.Entries(new([], more.ToDictionary()));
        inner["caller"] = arguments.Named.GetValueOrDefault("caller", Parameters.Any(parameter => parameter.Name == "caller") ? inner["caller"] : Undefined.Instance);
        if (arguments.Positional.Count > Parameters.Count && !Uses("varargs"))
        {
            throw new PythonError($"the macro '{Name}' takes {Parameters.Count} values, not {arguments.Positional.Count}.");
        }

        if (more.Count > 0 && !Uses("kwargs"))
        {
            throw new PythonError($"the macro '{Name}' has no parameter '{more[0].Key}'.");
        }
    }

    private bool Uses(string name) => Body.Names.Contains(name);
}

/// <summary><c>{% call f(x) %}…{% endcall %}</c>: calls a macro that asks for the block with <c>caller()</c>.</summary>
internal sealed record CallBlock(Call Call, Macro Caller, Position At) : Statement
{
    public override Flow Run(Scope scope)
    {
        scope.Write(Python.Str(Call.Invoke(scope, Caller.Bind(scope))));
        return Flow.On;
    }
}

/// <summary><c>{% generation %}</c>, which transformers adds: marks what the assistant says and writes it as it is.</summary>
internal sealed record GenerationBlock(Block Body) : Statement
{
    public override Flow Run(Scope scope)
    {
        var start = scope.Position;
        scope.Write(scope.TextOf(inner => Body.Run(inner)));
        scope.Generated.Add(start, scope.Position);
        return Flow.On;
    }
}
