using Microsoft.DurableTask;
using Microsoft.DurableTask.Abstractions;
using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask;

/// <summary>Which orchestrations a host leads on, by their version and its own (host.json: defaultVersion).</summary>
public enum VersionMatchStrategy
{
    /// <summary>All.</summary>
    None,

    /// <summary>Those of the very same version, letter by letter.</summary>
    Strict,

    /// <summary>Those of its own version or an older one; one with a version is newer than a host without.</summary>
    CurrentOrOlder,
}

/// <summary>What becomes of an orchestration that this host may not lead on.</summary>
public enum VersionFailureStrategy
{
    /// <summary>It stays as it is, with all that waits for it, until a host starts that may.</summary>
    Reject,

    /// <summary>It fails.</summary>
    Fail,
}

/// <summary>The version's rule, as the Durable Task Framework's dispatcher has it (TaskOrchestrationDispatcher, VersioningSettings).</summary>
internal sealed record VersionRule(string Own, VersionMatchStrategy Match, VersionFailureStrategy Failure)
{
    /// <returns>Null when <paramref name="instance"/> may be led on; else why not, in the framework's words and then ours.</returns>
    public TaskFailureDetails? Against(Instance instance)
    {
        var complies = Match switch
        {
            VersionMatchStrategy.Strict => string.Equals(instance.Version, Own, StringComparison.Ordinal),
            VersionMatchStrategy.CurrentOrOlder => TaskOrchestrationVersioningUtils.CompareVersions(instance.Version, Own) <= 0,
            _ => true,
        };
        return complies ? null : new("VersionMismatch",
            $"Orchestration version did not comply with Worker Versioning: found version '{instance.Version}' of '{instance.Id}', expected {(Match == VersionMatchStrategy.Strict ? "" : "at most ")}'{Own}'. "
            + $"Set defaultVersion in host.json to what the app's code can lead on (versionMatchStrategy is {Match}).", null, null, null);
    }
}
