using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Registry;

/// <summary>What is left of orchestrations that ended long ago and were purged from the durable backend: one blob each.</summary>
public sealed class Archive(RunStore runs)
{
    /// <param name="instance">Fetched with inputs and outputs. Writing it twice leaves the same.</param>
    public Task WriteAsync(OrchestrationMetadata instance, CancellationToken cancellation) =>
        runs.WriteAsync(BlobPaths.Archived(instance.InstanceId), ArchivedInstance.Of(instance), cancellation);

    /// <returns>Null when it was never archived.</returns>
    public async Task<OrchestrationMetadata?> FindAsync(string id, CancellationToken cancellation) =>
        (await runs.FindAsync<ArchivedInstance>(BlobPaths.Archived(id), cancellation))?.AsMetadata();
}

/// <summary>The document: what the durable client tells of an instance, with its data as JSON.</summary>
public sealed record ArchivedInstance(
    string Id, string Name, OrchestrationRuntimeStatus Status, DateTimeOffset CreatedAt, DateTimeOffset LastUpdatedAt,
    JsonElement? Input, JsonElement? Output, JsonElement? CustomStatus, ArchivedFailure? Failure)
{
    public static ArchivedInstance Of(OrchestrationMetadata instance) => new(
        instance.InstanceId, instance.Name, instance.RuntimeStatus, instance.CreatedAt, instance.LastUpdatedAt,
        Parse(instance.SerializedInput), Parse(instance.SerializedOutput), Parse(instance.SerializedCustomStatus),
        instance.FailureDetails is { } failure ? new(failure.ErrorType, failure.ErrorMessage, failure.StackTrace) : null);

    public OrchestrationMetadata AsMetadata() => new(Name, Id)
    {
        RuntimeStatus = Status,
        CreatedAt = CreatedAt,
        LastUpdatedAt = LastUpdatedAt,
        SerializedInput = Input?.GetRawText(),
        SerializedOutput = Output?.GetRawText(),
        SerializedCustomStatus = CustomStatus?.GetRawText(),
        FailureDetails = Failure is { } failure ? new TaskFailureDetails(failure.Type, failure.Message, failure.StackTrace, null, null) : null,
    };

    /// <summary>A failed orchestration's output is text, not JSON.</summary>
    private static JsonElement? Parse(string? data)
    {
        try
        {
            return data is null ? null : JsonSerializer.Deserialize<JsonElement>(data);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(data);
        }
    }
}

/// <summary>Why an orchestration failed.</summary>
public sealed record ArchivedFailure(string Type, string Message, string? StackTrace);
