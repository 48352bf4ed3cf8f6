using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Orchestrators;

namespace ServerlessTuning.Functions.Api;

/// <summary>A run as the API shows it, from what the durable engine knows of its orchestration.</summary>
internal static class RunViews
{
    public static bool IsRun(OrchestrationMetadata instance) => instance.Name == nameof(TuneModel);

    /// <param name="run">Fetched with inputs and outputs.</param>
    public static RunView Of(OrchestrationMetadata run, IReadOnlyDictionary<string, string>? links = null)
    {
        var result = Result(run);
        return new(run.InstanceId, Read<TuneInput>(run.SerializedInput)?.Dataset, run.RuntimeStatus.ToString(), run.CreatedAt, run.LastUpdatedAt,
            Read<RunStatus>(run.SerializedCustomStatus), result, result?.SameAs, links);
    }

    /// <summary>Durable management links, and how to cancel with clean-up.</summary>
    public static IReadOnlyDictionary<string, string> Links(DurableTaskClient client, HttpRequest request, string id)
    {
        var links = client.CreateHttpManagementPayload(id);
        return new Dictionary<string, string>
        {
            ["statusQueryGetUri"] = links.StatusQueryGetUri,
            ["sendEventPostUri"] = links.SendEventPostUri,
            ["terminatePostUri"] = links.TerminatePostUri,
            ["suspendPostUri"] = links.SuspendPostUri,
            ["resumePostUri"] = links.ResumePostUri,
            ["purgeHistoryDeleteUri"] = links.PurgeHistoryDeleteUri,
            ["pauseRunPostUri"] = $"{UriOf(request, id)}/pause",
            ["resumeRunPostUri"] = $"{UriOf(request, id)}/resume",
            ["cancelPostUri"] = $"{UriOf(request, id)}/cancel",
        };
    }

    /// <summary>Beside the address that was asked: whatever route prefix and host name lead here.</summary>
    public static string UriOf(HttpRequest request, string id)
    {
        var path = request.Path.Value!;
        var runs = path.LastIndexOf("/runs", StringComparison.OrdinalIgnoreCase);
        return $"{request.Scheme}://{request.Host}{request.PathBase}{path[..runs]}/runs/{Uri.EscapeDataString(id)}";
    }

    private static RunResult? Result(OrchestrationMetadata run) => run.RuntimeStatus switch
    {
        OrchestrationRuntimeStatus.Completed => Read<RunResult>(run.SerializedOutput),
        OrchestrationRuntimeStatus.Failed => Endings.Failed(run.FailureDetails?.ErrorMessage ?? "The orchestration failed."),
        OrchestrationRuntimeStatus.Terminated => Endings.Cancelled($"Terminated: {run.SerializedOutput?.Trim('"')}"),
        _ => null,
    };

    private static T? Read<T>(string? json)
        where T : class => json is null ? null : JsonSerializer.Deserialize<T>(json, TuningJson.Options);
}
