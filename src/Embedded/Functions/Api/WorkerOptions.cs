using System.Text.Json;
using Azure.Core.Serialization;

namespace Microsoft.Azure.Functions.Worker;

public class WorkerOptions
{
    /// <summary>What orchestration inputs, results and custom statuses are written with. Default: System.Text.Json, names as written, read without regard to case.</summary>
    public ObjectSerializer Serializer { get; set; } = new JsonObjectSerializer(new JsonSerializerOptions { PropertyNameCaseInsensitive = true });
}
