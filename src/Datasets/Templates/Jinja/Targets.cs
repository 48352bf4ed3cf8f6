namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>What is assigned to.</summary>
internal abstract record Target(Position At)
{
    public abstract void Assign(Scope scope, object? value);
}

internal sealed record NameTarget(string Name, Position At) : Target(At)
{
    public override void Assign(Scope scope, object? value) => scope[Name] = value;
}

/// <summary>A namespace's attribute.</summary>
internal sealed record AttributeTarget(string Name, string Attribute, Position At) : Target(At)
{
    public override void Assign(Scope scope, object? value)
    {
        if (scope[Name] is not Namespace target)
        {
            throw At.Error($"'{Name}' is not a namespace, so '{Name}.{Attribute}' cannot be set.");
        }

        target.Set(Attribute, value);
    }
}

/// <summary>Several that a sequence is unpacked to.</summary>
internal sealed record TupleTarget(IReadOnlyList<Target> Parts, Position At) : Target(At)
{
    public override void Assign(Scope scope, object? value)
    {
        var items = At.Run(() => Python.Listed(value));
        if (items.Count != Parts.Count)
        {
            throw At.Error($"{items.Count} values cannot be unpacked to {Parts.Count} names.");
        }

        for (var i = 0; i < items.Count; i++)
        {
            Parts[i].Assign(scope, items[i]);
        }
    }
}
