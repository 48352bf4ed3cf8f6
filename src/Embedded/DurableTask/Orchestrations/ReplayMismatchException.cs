namespace ServerlessTuning.Embedded.DurableTask.Orchestrations;

/// <summary>The code took another way than its history: it was changed under a running instance, or it is not deterministic.</summary>
internal sealed class ReplayMismatchException(string expected, string found) : Exception(
    $"Non-Deterministic workflow detected: the replayed orchestrator does not follow its history. Expected (recorded): {expected}. Found (asked for now): {found}. "
    + "Either the orchestrator's code was changed while this instance was running (let running instances end first, or branch on the version), "
    + "or it depends on the clock, random numbers, GUIDs, static state or I/O (use the context's CurrentUtcDateTime and NewGuid, and activities for the rest).");
