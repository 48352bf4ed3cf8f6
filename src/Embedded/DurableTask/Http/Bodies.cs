using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;

namespace ServerlessTuning.Embedded.DurableTask.Http;

/// <summary>JSON bodies in the host's form.</summary>
internal static class Bodies
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IResult Json(HttpStatusCode code, JsonNode? body) =>
        Results.Text(body?.ToJsonString(Plain) ?? "null", "application/json; charset=utf-8", System.Text.Encoding.UTF8, (int)code);

    public static IResult Message(HttpStatusCode code, string message) => Json(code, new JsonObject { ["Message"] = message });

    /// <summary>Some refusals have a bare JSON string for a body.</summary>
    public static IResult Text(HttpStatusCode code, string message) => Json(code, JsonValue.Create(message));

    public static JsonObject Status(OrchestrationMetadata instance, bool showInput, JsonArray? history = null)
    {
        var body = new JsonObject
        {
            ["name"] = instance.Name,
            ["instanceId"] = instance.InstanceId,
            ["runtimeStatus"] = instance.RuntimeStatus.ToString(),
            ["input"] = showInput ? Value(instance.SerializedInput) : null,
            ["customStatus"] = Value(instance.SerializedCustomStatus),
            ["output"] = Value(instance.SerializedOutput),
            ["createdTime"] = Time(instance.CreatedAt),
            ["lastUpdatedTime"] = Time(instance.LastUpdatedAt),
        };
        if (history is not null)
        {
            body["historyEvents"] = history;
        }

        return body;
    }

    /// <summary>A JSON value; text that is not JSON is shown as a string.</summary>
    public static JsonNode? Value(string? data)
    {
        try
        {
            return data is null ? null : JsonNode.Parse(data);
        }
        catch (JsonException)
        {
            return JsonValue.Create(data);
        }
    }

    /// <summary>Only <c>true</c> and <c>false</c> count; anything else is ignored.</summary>
    public static bool IsTrue(HttpRequest request, string name, bool otherwise = false) => bool.TryParse(request.Query[name].ToString(), out var value) ? value : otherwise;

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ");
}
