using Microsoft.DurableTask.Client;

namespace ServerlessTuning.Embedded.Functions.Durable;

/// <summary>The body of a waiting answer, its keys in the package's order.</summary>
internal sealed record EndedInstance(
    string Name, string InstanceId, DateTimeOffset CreatedAt, DateTimeOffset LastUpdatedAt, string RuntimeStatus, string? SerializedInput, string? SerializedOutput, string? SerializedCustomStatus)
{
    public static EndedInstance Of(OrchestrationMetadata found) => new(found.Name, found.InstanceId, found.CreatedAt, found.LastUpdatedAt,
        found.RuntimeStatus.ToString(), found.SerializedInput, found.SerializedOutput, found.SerializedCustomStatus);
}
