using Microsoft.DurableTask;

namespace ServerlessTuning.Embedded.DurableTask;

/// <summary>For a host that binds an orchestrator's input to a parameter whose type it knows at run time only.</summary>
public static class OrchestrationInputs
{
    /// <returns>The orchestration's input as <paramref name="type"/>; null when it has none.</returns>
    public static object? ReadInput(this TaskOrchestrationContext context, Type type) => throw new NotSupportedException();
}
