namespace Microsoft.Azure.Functions.Worker;

/// <summary>Where an instance is managed.</summary>
public class HttpManagementPayload
{
    public HttpManagementPayload() => (Id, StatusQueryGetUri, SendEventPostUri, TerminatePostUri, PurgeHistoryDeleteUri, SuspendPostUri, ResumePostUri) = ("", "", "", "", "", "", "");

    internal HttpManagementPayload(string address, string id, string? query)
    {
        var instance = $"{address}/instances/{Uri.EscapeDataString(id)}";
        var (only, more) = query is null ? ("", "") : ($"?{query}", $"&{query}");
        Id = id;
        StatusQueryGetUri = instance + only;
        SendEventPostUri = $"{instance}/raiseEvent/{{eventName}}{only}";
        TerminatePostUri = $"{instance}/terminate?reason={{{{text}}}}{more}"; // the package doubles these braces too
        PurgeHistoryDeleteUri = instance + only;
        SuspendPostUri = $"{instance}/suspend?reason={{{{text}}}}{more}";
        ResumePostUri = $"{instance}/resume?reason={{{{text}}}}{more}";
    }

    public string Id { get; }

    public string StatusQueryGetUri { get; }

    public string SendEventPostUri { get; }

    public string TerminatePostUri { get; }

    /// <summary>The package leaves it null.</summary>
    public string? RewindPostUri { get; }

    public string PurgeHistoryDeleteUri { get; }

    /// <summary>The package leaves it null.</summary>
    public string? RestartPostUri { get; }

    public string SuspendPostUri { get; }

    public string ResumePostUri { get; }
}
