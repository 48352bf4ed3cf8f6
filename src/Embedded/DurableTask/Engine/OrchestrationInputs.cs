using Microsoft.DurableTask;
using ServerlessTuning.Embedded.DurableTask.Orchestrations;

namespace ServerlessTuning.Embedded.DurableTask;

/// <summary>For a host that binds an orchestrator's input to a parameter whose type it knows at run time only.</summary>
public static class OrchestrationInputs
{
    /// <returns>The orchestration's input as <paramref name="type"/>; null when it has none.</returns>
    /// <exception cref="ArgumentException"><paramref name="context"/> is not the engine's.</exception>
    public static object? ReadInput(this TaskOrchestrationContext context, Type type) => context is DurableContext ours
        ? ours.ReadInput(type)
        : throw new ArgumentException($"The input of a {context?.GetType()} cannot be read by type; it takes the durable engine's own context.", nameof(context));
}
