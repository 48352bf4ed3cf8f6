using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace ServerlessTuning.Embedded.DurableTask.Http;

/// <summary>The addresses of an instance, as the host writes them.</summary>
internal sealed class Links(HttpRequest request, DurableManagementOptions options)
{
    public string Self => request.GetEncodedUrl();

    private string Query =>
        $"taskHub={WebUtility.UrlEncode(Given("taskHub") ?? options.TaskHub)}&connection={WebUtility.UrlEncode(Given("connection") ?? options.Connection)}"
        + (options.SystemKey is { } key ? $"&code={WebUtility.UrlEncode(key)}" : "");

    private string Authority => options.UseForwardedHost && Header("X-Forwarded-Host") is { } host && Header("X-Forwarded-Proto") is { } scheme
        ? $"{scheme}://{host}"
        : $"{request.Scheme}://{request.Host}";

    public string Status(string id) => $"{Instance(id)}?{Query}" + (Bodies.IsTrue(request, "returnInternalServerErrorOnFailure") ? "&returnInternalServerErrorOnFailure=true" : "");

    /// <summary>The body of the 202 of a start and a restart, its keys in the host's order.</summary>
    public JsonObject CheckStatus(string id) => new()
    {
        ["id"] = id,
        ["statusQueryGetUri"] = Status(id),
        ["sendEventPostUri"] = $"{Instance(id)}/raiseEvent/{{eventName}}?{Query}",
        ["terminatePostUri"] = $"{Instance(id)}/terminate?reason={{text}}&{Query}",
        ["purgeHistoryDeleteUri"] = $"{Instance(id)}?{Query}",
        ["restartPostUri"] = $"{Instance(id)}/restart?{Query}",
        ["suspendPostUri"] = $"{Instance(id)}/suspend?reason={{text}}&{Query}",
        ["resumePostUri"] = $"{Instance(id)}/resume?reason={{text}}&{Query}",
    };

    private string Instance(string id) => $"{Authority}{request.PathBase}{DurableManagementApi.BasePath}/instances/{WebUtility.UrlEncode(id)}";

    private string? Given(string name) => request.Query[name].ToString() is { Length: > 0 } value ? value : null;

    private string? Header(string name) => request.Headers[name].ToString() is { Length: > 0 } value ? value : null;
}
