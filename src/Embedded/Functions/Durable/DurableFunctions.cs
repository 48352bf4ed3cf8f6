using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using ServerlessTuning.Embedded.DurableTask;
using ServerlessTuning.Embedded.Functions.Discovery;

namespace ServerlessTuning.Embedded.Functions.Durable;

/// <summary>Orchestrators and activities of the catalog, as the engine calls them.</summary>
internal sealed class DurableFunctions(FunctionCatalog catalog, DataConverter converter, IServiceProvider services) : IDurableFunctions
{
    private readonly Dictionary<string, FunctionMethod> orchestrators = catalog.With<OrchestrationTriggerAttribute>()
        .ToDictionary(item => item.Trigger.Orchestration ?? item.Function.Name, item => item.Function, StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<string, FunctionMethod> activities = catalog.With<ActivityTriggerAttribute>()
        .ToDictionary(item => item.Trigger.Activity ?? item.Function.Name, item => item.Function, StringComparer.OrdinalIgnoreCase);

    public bool HasOrchestrator(string name) => orchestrators.ContainsKey(name);

    public bool HasActivity(string name) => activities.ContainsKey(name);

    public Task<object?> RunOrchestratorAsync(string name, TaskOrchestrationContext context) =>
        orchestrators[name].InvokeAsync(services, (parameter, scope) =>
            parameter.ParameterType == typeof(TaskOrchestrationContext) ? context
            : parameter.ParameterType == typeof(CancellationToken) ? CancellationToken.None
            : Input(context, parameter.ParameterType));

    public Task<object?> RunActivityAsync(string name, string instanceId, string? serializedInput, CancellationToken cancellation)
    {
        var function = activities[name];
        return function.InvokeAsync(services, (parameter, scope) =>
            parameter == function.TriggerParameter ? Deserialize(serializedInput, parameter)
            : parameter.ParameterType == typeof(CancellationToken) ? cancellation
            : parameter.ParameterType == typeof(DurableTaskClient) ? scope.GetRequiredService<DurableTaskClient>()
            : parameter.Name == "instanceId" ? instanceId
            : throw new InvalidOperationException($"Activity {name}: parameter {parameter.Name} of type {parameter.ParameterType.Name} cannot be bound."));
    }

    private static object? Input(TaskOrchestrationContext context, Type type) =>
        typeof(TaskOrchestrationContext).GetMethod(nameof(TaskOrchestrationContext.GetInput))!.MakeGenericMethod(type)
            .Invoke(context, BindingFlags.DoNotWrapExceptions, null, null, null);

    private object? Deserialize(string? json, ParameterInfo parameter) =>
        json is null ? (parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null)
            : converter.Deserialize(json, parameter.ParameterType);
}
