using System.Globalization;
using Microsoft.Extensions.Configuration;
using ServerlessTuning.Embedded.DurableTask;

namespace ServerlessTuning.Embedded.Functions.Hosting;

/// <summary>host.json as far as this host follows it, and where it keeps its own files.</summary>
public sealed record HostSettings
{
    /// <summary>extensions.http.routePrefix.</summary>
    public string RoutePrefix { get; init; } = "api";

    /// <summary>extensions.http.maxConcurrentRequests: HTTP functions that run at once; the others wait. Null: no limit (-1).</summary>
    public int? MaxConcurrentRequests { get; init; }

    /// <summary>extensions.http.maxOutstandingRequests: running and waiting; what comes on top is answered 429. Null: no limit (-1).</summary>
    public int? MaxOutstandingRequests { get; init; }

    /// <summary>extensions.http.customHeaders: on every answer.</summary>
    public IReadOnlyDictionary<string, string> CustomHeaders { get; init; } = new Dictionary<string, string>();

    /// <summary>extensions.blobs.poisonBlobThreshold: tries of a blob before its message is poison.</summary>
    public int PoisonBlobThreshold { get; init; } = 5;

    /// <summary>extensions.blobs.maxDegreeOfParallelism: blobs handled at once.</summary>
    public int MaxDegreeOfParallelism { get; init; } = 8 * Environment.ProcessorCount;

    /// <summary>functionTimeout: how long a function may run. Null: as long as it likes (-1).</summary>
    public TimeSpan? FunctionTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>extensions.durableTask.hubName.</summary>
    public string HubName { get; init; } = "TestHubName";

    /// <summary>extensions.durableTask.maxConcurrentActivityFunctions.</summary>
    public int MaxConcurrentActivities { get; init; } = 10 * Environment.ProcessorCount;

    /// <summary>extensions.durableTask.maxConcurrentOrchestratorFunctions.</summary>
    public int MaxConcurrentOrchestrations { get; init; } = 10 * Environment.ProcessorCount;

    /// <summary>extensions.durableTask.defaultVersion.</summary>
    public string DefaultVersion { get; init; } = "";

    /// <summary>extensions.durableTask.versionMatchStrategy.</summary>
    public VersionMatchStrategy VersionMatch { get; init; } = VersionMatchStrategy.CurrentOrOlder;

    /// <summary>extensions.durableTask.versionFailureStrategy.</summary>
    public VersionFailureStrategy VersionFailure { get; init; } = VersionFailureStrategy.Reject;

    /// <summary>extensions.durableTask.overridableExistingInstanceStates is AnyState.</summary>
    public bool ReplaceRunningInstances { get; init; }

    /// <summary>extensions.durableTask.httpSettings.useForwardedHost.</summary>
    public bool UseForwardedHost { get; init; }

    /// <summary>Setting FUNCTIONS_REQUEST_BODY_SIZE_LIMIT; a longer body is 413.</summary>
    public long MaxRequestBody { get; init; } = 100 * 1024 * 1024;

    /// <summary>Setting <c>Embedded:BlobVisibility</c>: how long a message is hidden while its function runs; renewed before it is over. A host that is killed leaves it hidden for that long.</summary>
    public TimeSpan BlobVisibility { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Setting <c>Embedded:State</c>: durable history and timer schedules. Default <c>.tuning/functions</c> below the current folder.</summary>
    public required string StateFolder { get; init; }

    /// <exception cref="InvalidOperationException">A setting is not what it must be; the message names it.</exception>
    internal static HostSettings Read(IConfiguration configuration)
    {
        var host = configuration.GetSection(HostFiles.Section);
        var (http, blobs, durable) = (host.GetSection("extensions:http"), host.GetSection("extensions:blobs"), host.GetSection("extensions:durableTask"));
        var fallback = new HostSettings { StateFolder = Path.GetFullPath(configuration["Embedded:State"] ?? Path.Combine(".tuning", "functions")) };
        return fallback with
        {
            RoutePrefix = http["routePrefix"] ?? fallback.RoutePrefix,
            MaxConcurrentRequests = Limit(http, "maxConcurrentRequests"),
            MaxOutstandingRequests = Limit(http, "maxOutstandingRequests"),
            CustomHeaders = http.GetSection("customHeaders").GetChildren().ToDictionary(header => header.Key, header => header.Value ?? ""),
            PoisonBlobThreshold = Whole(blobs, "poisonBlobThreshold") ?? fallback.PoisonBlobThreshold,
            MaxDegreeOfParallelism = Whole(blobs, "maxDegreeOfParallelism") ?? fallback.MaxDegreeOfParallelism,
            FunctionTimeout = host["functionTimeout"] is "-1" ? null : Span(host, "functionTimeout") ?? fallback.FunctionTimeout,
            HubName = durable["hubName"] ?? fallback.HubName,
            MaxConcurrentActivities = Whole(durable, "maxConcurrentActivityFunctions") ?? fallback.MaxConcurrentActivities,
            MaxConcurrentOrchestrations = Whole(durable, "maxConcurrentOrchestratorFunctions") ?? fallback.MaxConcurrentOrchestrations,
            DefaultVersion = durable["defaultVersion"] ?? fallback.DefaultVersion,
            VersionMatch = Word<VersionMatchStrategy>(durable, "versionMatchStrategy") ?? fallback.VersionMatch,
            VersionFailure = Word<VersionFailureStrategy>(durable, "versionFailureStrategy") ?? fallback.VersionFailure,
            ReplaceRunningInstances = string.Equals(durable["overridableExistingInstanceStates"], "AnyState", StringComparison.OrdinalIgnoreCase),
            UseForwardedHost = string.Equals(durable["httpSettings:useForwardedHost"], "true", StringComparison.OrdinalIgnoreCase),
            MaxRequestBody = Whole(configuration, "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT") ?? fallback.MaxRequestBody,
            BlobVisibility = Span(configuration, "Embedded:BlobVisibility") ?? fallback.BlobVisibility,
        };
    }

    /// <summary>-1 is no limit.</summary>
    private static int? Limit(IConfiguration section, string name) => section[name] is "-1" ? null : Whole(section, name);

    private static int? Whole(IConfiguration section, string name) => section[name] switch
    {
        null => null,
        var text when int.TryParse(text, out var number) && number > 0 => number,
        var text => throw Wrong(section, name, text, "a whole number of at least 1"),
    };

    private static TimeSpan? Span(IConfiguration section, string name) => section[name] switch
    {
        null => null,
        var text when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) && span > TimeSpan.Zero => span,
        var text => throw Wrong(section, name, text, "a time such as 00:10:00"),
    };

    private static T? Word<T>(IConfiguration section, string name)
        where T : struct, Enum => section[name] switch
        {
            null => null,
            var text when Enum.TryParse<T>(text, ignoreCase: true, out var word) && Enum.IsDefined(word) => word,
            var text => throw Wrong(section, name, text, $"one of {string.Join(", ", Enum.GetNames<T>())}"),
        };

    private static InvalidOperationException Wrong(IConfiguration section, string name, string found, string expected)
    {
        var path = section is IConfigurationSection inner ? $"host.json, {inner.Path.Replace(HostFiles.Section, "", StringComparison.OrdinalIgnoreCase).Trim(':').Replace(':', '.')}.{name}".Replace(", .", ", ", StringComparison.Ordinal) : $"Setting {name}";
        return new($"{path}: found '{found}', expected {expected}.");
    }
}
