using System.Runtime.CompilerServices;

namespace ServerlessTuning.Datasets.Templates.Jinja;

internal sealed record ForLoop(Target Target, Expression Items, Expression? Condition, Block Body, Block? Else, bool IsRecursive) : Statement
{
    public override Flow Run(Scope scope)
    {
        Run(scope, Target.At.Run(() => Python.Listed(Items.Evaluate(scope))), depth: 0);
        return Flow.On;
    }

    private void Run(Scope scope, List<object?> all, int depth)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var items = Condition is null ? all : all.FindAll(item => Passes(scope, item));
        var loop = new LoopContext(items, depth, IsRecursive ? more => scope.TextOf(inner => Run(inner, Python.Listed(more), depth + 1)) : null);
        for (; loop.Index < items.Count; loop.Index++)
        {
            Meter.Step();
            var inner = scope.Inner();
            inner["loop"] = loop;
            Target.Assign(inner, items[loop.Index]);
            if (Body.Run(inner) == Flow.Break)
            {
                return;
            }
        }

        if (items.Count == 0)
        {
            Else?.Run(scope.Inner());
        }
    }

    private bool Passes(Scope scope, object? item)
    {
        var inner = scope.Inner();
        Target.Assign(inner, item);
        return Python.IsTrue(Condition!.Evaluate(inner));
    }
}
