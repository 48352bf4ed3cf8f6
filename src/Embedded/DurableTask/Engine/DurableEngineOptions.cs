using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;

namespace ServerlessTuning.Embedded.DurableTask;

/// <summary>How the durable engine runs.</summary>
public sealed record DurableEngineOptions
{
    /// <summary>Activities that run at once. Default: 10 times the processors, as on Azure.</summary>
    public int MaxConcurrentActivities { get; init; } = 10 * Environment.ProcessorCount;

    /// <summary>Orchestrations with a step under way, on its way to the disk included. Default: 10 times the processors, as on Azure.</summary>
    public int MaxConcurrentOrchestrations { get; init; } = 10 * Environment.ProcessorCount;

    /// <summary>Orchestrations kept in memory between their steps; the others are replayed at each. Default 500.</summary>
    public int CachedOrchestrations { get; init; } = 500;

    /// <summary>
    /// Whether a commit is on the disk before it counts (synchronous=FULL). Without it a power cut may take the latest commits with it; a killed process never
    /// does. Default true.
    /// </summary>
    public bool SyncEachCommit { get; init; } = true;

    /// <summary>How long a stop waits for running activities before it cancels them. Default 5 seconds.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether a failed activity's <c>FailureDetails.ErrorType</c> is the exception's type. Default false, as on Azure:
    /// there the type is lost on its way through the Functions host and reads <c>(unknown)</c>.
    /// </summary>
    public bool KeepActivityExceptionTypes { get; init; }

    /// <summary>Version of orchestrations started without one, and of the app's code itself.</summary>
    public string DefaultVersion { get; init; } = "";

    /// <summary>Which versions the app's code leads on. Default: its own and older ones, as on Azure.</summary>
    public VersionMatchStrategy VersionMatch { get; init; } = VersionMatchStrategy.CurrentOrOlder;

    /// <summary>What becomes of the others. Default: they wait, as on Azure.</summary>
    public VersionFailureStrategy VersionFailure { get; init; } = VersionFailureStrategy.Reject;

    /// <summary>Whether a start may also replace a running instance of the same id (host.json: overridableExistingInstanceStates = AnyState). Default false.</summary>
    public bool ReplaceRunningInstances { get; init; }

    public DataConverter DataConverter { get; init; } = JsonDataConverter.Default;
}
