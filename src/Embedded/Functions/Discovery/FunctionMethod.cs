using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Extensions.DependencyInjection;

namespace ServerlessTuning.Embedded.Functions.Discovery;

/// <summary>A method with <see cref="FunctionAttribute"/>, and the parameter whose attribute says what triggers it.</summary>
public sealed class FunctionMethod
{
    internal FunctionMethod(MethodInfo method)
    {
        Method = method;
        Name = method.GetCustomAttribute<FunctionAttribute>()!.Name;
        Parameters = method.GetParameters();
        var triggers = Parameters.Where(parameter => parameter.GetCustomAttribute<TriggerBindingAttribute>() is not null).ToList();
        TriggerParameter = triggers is [var only] ? only
            : throw new InvalidOperationException($"Function {Name} ({method.DeclaringType}.{method.Name}): found {triggers.Count} trigger attributes, expected one on a parameter.");
        Trigger = TriggerParameter.GetCustomAttribute<TriggerBindingAttribute>()!;
        TriggerKind = MethodDefinition.KindOf(Trigger);
        Definition = new MethodDefinition(this);
    }

    public string Name { get; }

    public MethodInfo Method { get; }

    public IReadOnlyList<ParameterInfo> Parameters { get; }

    public ParameterInfo TriggerParameter { get; }

    public TriggerBindingAttribute Trigger { get; }

    /// <summary>For example httpTrigger.</summary>
    public string TriggerKind { get; }

    public FunctionDefinition Definition { get; }

    /// <summary>An orchestrator or an activity.</summary>
    public bool IsDurable => Trigger is OrchestrationTriggerAttribute or ActivityTriggerAttribute;

    /// <summary>Makes the class with its dependencies, binds the parameters, calls the method and awaits its result.</summary>
    /// <param name="scope">Of the invocation.</param>
    /// <param name="bind">Gives a parameter's value; throws when it cannot.</param>
    /// <returns>What the method returned, or what its task holds; null for void.</returns>
    internal async Task<object?> InvokeAsync(IServiceProvider scope, Func<ParameterInfo, ValueTask<object?>> bind)
    {
        var target = Method.IsStatic ? null : ActivatorUtilities.GetServiceOrCreateInstance(scope, Method.DeclaringType!);
        try
        {
            var arguments = new object?[Parameters.Count];
            for (var i = 0; i < arguments.Length; i++)
            {
                arguments[i] = await bind(Parameters[i]);
            }

            return await Unwrap(Method.Invoke(target, BindingFlags.DoNotWrapExceptions, null, arguments, null));
        }
        finally
        {
            await Dispose(target);
        }
    }

    private static async Task<object?> Unwrap(object? returned)
    {
        if (returned is ValueTask plain)
        {
            await plain;
            return null;
        }

        if (returned?.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(ValueTask<>))
        {
            returned = type.GetMethod(nameof(ValueTask<>.AsTask))!.Invoke(returned, null);
        }

        if (returned is not Task task)
        {
            return returned;
        }

        await task;
        return task.GetType().GetProperty(nameof(Task<>.Result)) is { } result && result.PropertyType.Name != "VoidTaskResult" ? result.GetValue(task) : null;
    }

    private static async ValueTask Dispose(object? target)
    {
        if (target is IAsyncDisposable asynchronous)
        {
            await asynchronous.DisposeAsync();
        }
        else if (target is IDisposable disposable)
        {
            disposable.Dispose();
        }
    }
}
