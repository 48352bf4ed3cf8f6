using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Embedded.Functions.Durable;

namespace Microsoft.Azure.Functions.Worker;

public static class DurableTaskClientExtensions
{
    /// <summary>The management links of an instance, whether it exists or not.</summary>
    /// <param name="request">Not needed: without it the links start with the host's own address.</param>
    public static HttpManagementPayload CreateHttpManagementPayload(this DurableTaskClient client, string instanceId, HttpRequestData? request = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        return new(ManagementAddress.Of(client), instanceId);
    }
}

public class HttpManagementPayload
{
    public HttpManagementPayload() => (Id, StatusQueryGetUri, SendEventPostUri, TerminatePostUri, PurgeHistoryDeleteUri, SuspendPostUri, ResumePostUri) = ("", "", "", "", "", "", "");

    internal HttpManagementPayload(string address, string id)
    {
        var instance = $"{address}/instances/{Uri.EscapeDataString(id)}";
        Id = id;
        StatusQueryGetUri = instance;
        SendEventPostUri = $"{instance}/raiseEvent/{{eventName}}";
        TerminatePostUri = $"{instance}/terminate?reason={{{{text}}}}"; // the package doubles these braces too
        PurgeHistoryDeleteUri = instance;
        SuspendPostUri = $"{instance}/suspend?reason={{{{text}}}}";
        ResumePostUri = $"{instance}/resume?reason={{{{text}}}}";
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
