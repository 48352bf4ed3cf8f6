using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using ServerlessTuning.Embedded.DurableTask;
using ServerlessTuning.Embedded.Functions.Discovery;
using ServerlessTuning.Embedded.Functions.Invocation;

namespace ServerlessTuning.Embedded.Functions.Durable;

/// <summary>Orchestrators and activities of the catalog, as the engine calls them.</summary>
internal sealed class DurableFunctions(FunctionCatalog catalog, DataConverter converter, Invoker invoker) : IDurableFunctions
{
    private readonly Dictionary<string, FunctionMethod> orchestrators = catalog.With<OrchestrationTriggerAttribute>()
        .ToDictionary(item => item.Trigger.Orchestration ?? item.Function.Name, item => item.Function, StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<string, FunctionMethod> activities = catalog.With<ActivityTriggerAttribute>()
        .ToDictionary(item => item.Trigger.Activity ?? item.Function.Name, item => item.Function, StringComparer.OrdinalIgnoreCase);

    public bool HasOrchestrator(string name) => orchestrators.ContainsKey(name);

    public bool HasActivity(string name) => activities.ContainsKey(name);

    public Task<object?> RunOrchestratorAsync(string name, TaskOrchestrationContext context) =>
        invoker.InvokeAsync(orchestrators[name], new((parameter, _) =>
            new(parameter.ParameterType == typeof(TaskOrchestrationContext) ? context : Input(context, parameter.ParameterType)))
        { IsReplay = true });

    public Task<object?> RunActivityAsync(string name, string instanceId, string? serializedInput, CancellationToken cancellation)
    {
        var function = activities[name];
        return invoker.InvokeAsync(function, new((parameter, _) => new(
            parameter == function.TriggerParameter ? Deserialize(serializedInput, parameter)
            : parameter.Name == "instanceId" ? instanceId
            : throw new InvalidOperationException($"Activity {name}: parameter {parameter.Name} of type {parameter.ParameterType.Name} cannot be bound.")))
        { Stop = cancellation });
    }

    private static object? Input(TaskOrchestrationContext context, Type type) =>
        typeof(TaskOrchestrationContext).GetMethod(nameof(TaskOrchestrationContext.GetInput))!.MakeGenericMethod(type)
            .Invoke(context, BindingFlags.DoNotWrapExceptions, null, null, null);

    private object? Deserialize(string? json, ParameterInfo parameter) =>
        json is null ? (parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null)
            : converter.Deserialize(json, parameter.ParameterType);
}
