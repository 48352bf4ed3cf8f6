using Microsoft.DurableTask;

namespace ServerlessTuning.Embedded.DurableTask;

/// <summary>The app's orchestrators and activities, as the engine sees them. Names are compared without regard to case.</summary>
public interface IDurableFunctions
{
    bool HasOrchestrator(string name);

    bool HasActivity(string name);

    /// <summary>Runs the orchestrator's code. It is called again for each replay and may await nothing but tasks of <paramref name="context"/>.</summary>
    /// <returns>The output before serialization; null when there is none.</returns>
    Task<object?> RunOrchestratorAsync(string name, TaskOrchestrationContext context);

    /// <param name="serializedInput">JSON, or null when the activity was called without input.</param>
    /// <param name="cancellation">Fires when the engine stops; the activity is then delivered again at the next start.</param>
    /// <returns>The output before serialization; null when there is none.</returns>
    Task<object?> RunActivityAsync(string name, string instanceId, string? serializedInput, CancellationToken cancellation);
}
