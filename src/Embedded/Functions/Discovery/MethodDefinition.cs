using System.Collections.Immutable;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace ServerlessTuning.Embedded.Functions.Discovery;

/// <summary>A function as its context describes it.</summary>
internal sealed class MethodDefinition(FunctionMethod function) : FunctionDefinition
{
    public override ImmutableArray<FunctionParameter> Parameters { get; } = [.. function.Parameters.Select(parameter => new FunctionParameter(parameter.Name!, parameter.ParameterType))];

    public override string PathToAssembly => function.Method.Module.FullyQualifiedName;

    public override string EntryPoint => $"{function.Method.DeclaringType}.{function.Method.Name}";

    public override string Id => function.Name;

    public override string Name => function.Name;

    public override IImmutableDictionary<string, BindingMetadata> InputBindings { get; } = function.Parameters
        .Where(parameter => parameter.GetCustomAttribute<BindingAttribute>() is not null)
        .ToImmutableDictionary(parameter => parameter.Name!, BindingMetadata (parameter) => new Input(parameter.Name!, KindOf(parameter.GetCustomAttribute<BindingAttribute>()!)));

    public override IImmutableDictionary<string, BindingMetadata> OutputBindings => ImmutableDictionary<string, BindingMetadata>.Empty;

    /// <returns>For example httpTrigger.</returns>
    public static string KindOf(BindingAttribute binding)
    {
        var name = binding.GetType().Name;
        return char.ToLowerInvariant(name[0]) + name[1..].Replace(nameof(Attribute), "", StringComparison.Ordinal);
    }

    private sealed class Input(string name, string type) : BindingMetadata
    {
        public override string Name => name;

        public override string Type => type;

        public override BindingDirection Direction => BindingDirection.In;
    }
}
