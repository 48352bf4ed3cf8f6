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
    }

    public string Name { get; }

    public MethodInfo Method { get; }

    public IReadOnlyList<ParameterInfo> Parameters { get; }

    public ParameterInfo TriggerParameter { get; }

    public TriggerBindingAttribute Trigger { get; }

    /// <summary>Runs the function in a scope of its own: the class is made with its dependencies, the parameters are bound, the result is awaited.</summary>
    /// <param name="bind">Gives a parameter's value; throws when it cannot.</param>
    /// <returns>What the method returned, or what its task holds; null for void.</returns>
    public async Task<object?> InvokeAsync(IServiceProvider services, Func<ParameterInfo, IServiceProvider, object?> bind)
    {
        await using var scope = services.CreateAsyncScope();
        var target = Method.IsStatic ? null : ActivatorUtilities.GetServiceOrCreateInstance(scope.ServiceProvider, Method.DeclaringType!);
        try
        {
            object?[] arguments = [.. Parameters.Select(parameter => bind(parameter, scope.ServiceProvider))];
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
