namespace Microsoft.DurableTask.Client;

/// <summary>Which instances a listing has.</summary>
/// <param name="CreatedFrom">Not before this.</param>
/// <param name="CreatedTo">Not after this.</param>
/// <param name="PageSize">Most instances a page.</param>
public record OrchestrationQuery(
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null,
    IEnumerable<OrchestrationRuntimeStatus>? Statuses = null,
    IEnumerable<string>? TaskHubNames = null,
    string? InstanceIdPrefix = null,
    int PageSize = OrchestrationQuery.DefaultPageSize,
    bool FetchInputsAndOutputs = false,
    string? ContinuationToken = null)
{
    public const int DefaultPageSize = 100;
}

/// <summary>Which finished instances a purge removes.</summary>
public record PurgeInstancesFilter(
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null,
    IEnumerable<OrchestrationRuntimeStatus>? Statuses = null)
{
    /// <summary>Stop after this long; the result then says that it is not complete.</summary>
    public TimeSpan? Timeout { get; init; }
}

/// <param name="Recursive">Purge the sub-orchestrations too.</param>
public record PurgeInstanceOptions(bool Recursive = false);

/// <param name="Output">Shown as the output of the terminated instance.</param>
/// <param name="Recursive">Terminate the sub-orchestrations too.</param>
public record TerminateInstanceOptions(object? Output = null, bool Recursive = false);
