namespace ServerlessTuning.Embedded.DurableTask.Http;

/// <summary>How the management API shows itself.</summary>
public sealed record DurableManagementOptions
{
    /// <summary>host.json: extensions.durableTask.hubName.</summary>
    public string TaskHub { get; init; } = "TestHubName";

    /// <summary>Name of the app setting with the storage connection; only shown in links.</summary>
    public string Connection { get; init; } = "Storage";

    /// <summary>The system key <c>durabletask_extension</c>. Null: no key is asked for.</summary>
    public string? SystemKey { get; init; }

    /// <summary>host.json: extensions.durableTask.httpSettings.useForwardedHost.</summary>
    public bool UseForwardedHost { get; init; }
}
