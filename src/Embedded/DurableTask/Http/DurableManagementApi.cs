using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask.Http;

/// <summary>The HTTP management API of Durable Functions: routes, codes, headers and bodies of the extension on the Functions host.</summary>
public static class DurableManagementApi
{
    public const string BasePath = "/runtime/webhooks/durabletask";

    private const string NoEntities = "The embedded durable engine has no entities. Run an app that uses them on Durable Functions itself; what an entity keeps, an orchestration that continues as new can keep too.";

    /// <summary>Serves everything below <see cref="BasePath"/>.</summary>
    public static IEndpointConventionBuilder MapDurableManagement(this IEndpointRouteBuilder endpoints, DurableEngine engine, DurableManagementOptions? options = null)
    {
        var settings = options ?? new();
        return endpoints.Map(BasePath + "/{**rest}", async (HttpContext context) =>
        {
            if (settings.SystemKey is { } key && KeyOf(context.Request) != key)
            {
                return Results.Unauthorized();
            }

            try
            {
                return await Route(new ManagementCall(context, engine, new Links(context.Request, settings)));
            }
            catch (ArgumentException refused)
            {
                return Bodies.Message(HttpStatusCode.BadRequest, refused.Message);
            }
            catch (UnwritableException failure)
            {
                return Bodies.Message(HttpStatusCode.InternalServerError, failure.Message);
            }
        });
    }

    /// <summary>Words of the path match without regard to case; a wrong verb is not found, as on the host.</summary>
    private static Task<IResult> Route(ManagementCall call) => (call.Verb, call.Segments) switch
    {
        ("POST", ["orchestrators", var name]) => call.Start(name, null),
        ("POST", ["orchestrators", var name, var id]) => call.Start(name, id),
        ("GET", ["instances"]) => call.List(),
        ("DELETE", ["instances"]) => call.PurgeMany(),
        ("GET", ["instances", var id]) => call.Status(id),
        ("DELETE", ["instances", var id]) => call.Purge(id),
        ("POST", ["instances", var id, "raiseevent", var name]) => call.RaiseEvent(id, name),
        ("POST", ["instances", var id, "terminate"]) => call.Terminate(id),
        ("POST", ["instances", var id, "suspend"]) => call.Suspend(id),
        ("POST", ["instances", var id, "resume"]) => call.Resume(id),
        ("POST", ["instances", var id, "rewind"]) => call.Rewind(id),
        ("POST", ["instances", var id, "restart"]) => call.Restart(id),
        (_, ["entities", ..]) => Task.FromResult(Bodies.Message(HttpStatusCode.NotImplemented, NoEntities)),
        _ => Task.FromResult(Results.NotFound()),
    };

    private static string? KeyOf(HttpRequest request) =>
        request.Headers.TryGetValue("x-functions-key", out var header) ? header.ToString() : request.Query["code"].ToString();
}
