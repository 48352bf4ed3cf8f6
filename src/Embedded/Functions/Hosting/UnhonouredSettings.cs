using Microsoft.Extensions.Configuration;

namespace ServerlessTuning.Embedded.Functions.Hosting;

/// <summary>What host.json asks for and this host does not do: said at the start, so that nobody waits for it.</summary>
internal static class UnhonouredSettings
{
    /// <summary>What <see cref="HostSettings"/>, <see cref="HostLogging"/> and <see cref="TelemetrySwitch"/> read.</summary>
    private static readonly string[] Honoured =
    [
        "$schema", "version", "functionTimeout", "telemetryMode", "logging:logLevel",
        "extensions:http:routePrefix", "extensions:http:maxConcurrentRequests", "extensions:http:maxOutstandingRequests", "extensions:http:customHeaders",
        "extensions:blobs:poisonBlobThreshold", "extensions:blobs:maxDegreeOfParallelism",
        "extensions:durableTask:hubName", "extensions:durableTask:maxConcurrentActivityFunctions", "extensions:durableTask:maxConcurrentOrchestratorFunctions",
        "extensions:durableTask:defaultVersion", "extensions:durableTask:versionMatchStrategy", "extensions:durableTask:versionFailureStrategy",
        "extensions:durableTask:overridableExistingInstanceStates", "extensions:durableTask:httpSettings:useForwardedHost",
    ];

    /// <returns>With dots, and only down to where nothing below is honoured: singleton, not singleton.lockPeriod.</returns>
    public static IEnumerable<string> Of(IConfiguration configuration) => Of(configuration.GetSection(HostFiles.Section), "");

    private static IEnumerable<string> Of(IConfigurationSection section, string above) => section.GetChildren().SelectMany(child =>
    {
        var path = above + child.Key;
        return Honoured.Contains(path, StringComparer.OrdinalIgnoreCase) ? []
            : Honoured.Any(setting => setting.StartsWith(path + ":", StringComparison.OrdinalIgnoreCase)) ? Of(child, path + ":")
            : [path.Replace(':', '.')];
    });
}
