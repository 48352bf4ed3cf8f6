using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Embedded.Functions.Discovery;
using ServerlessTuning.Embedded.Functions.Hosting;

namespace ServerlessTuning.Embedded.Functions.Http;

/// <summary>HTTP triggers as endpoints.</summary>
internal static class HttpFunctions
{
    public static void MapHttpFunctions(this WebApplication app, FunctionCatalog catalog, HostSettings settings)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Host.Functions");
        foreach (var (function, trigger) in catalog.With<HttpTriggerAttribute>())
        {
            var route = $"/{settings.RoutePrefix}/{trigger.Route ?? function.Name}".Replace("//", "/", StringComparison.Ordinal);
            RequestDelegate run = context => Run(function, trigger, context);
            var endpoint = trigger.Methods is { Length: > 0 } methods ? app.MapMethods(route, methods, run) : app.Map(route, run);
            endpoint.WithDisplayName(function.Name);
            log.LogInformation("{Function}: [{Methods}] {Route}", function.Name, string.Join(',', trigger.Methods ?? ["any"]).ToUpperInvariant(), route);
        }
    }

    /// <summary>The host knows no 405: a known route with another method is 404, as it would be on Azure.</summary>
    public static void UseWrongMethodIsNotFound(this WebApplication app)
    {
        app.UseRouting();
        app.Use((context, next) =>
        {
            if (context.GetEndpoint()?.DisplayName == "405 HTTP Method Not Supported")
            {
                context.SetEndpoint(null);
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }

            return next(context);
        });
    }

    /// <summary>What Core Tools' host tells of itself.</summary>
    public static void MapHostStatus(this WebApplication app, FunctionCatalog catalog) =>
        app.MapGet("/admin/host/status", () => Results.Json(new { id = "embedded", state = "Running", functions = catalog.All.Select(function => function.Name) }));

    private static async Task Run(FunctionMethod function, HttpTriggerAttribute trigger, HttpContext context)
    {
        if (trigger.AuthLevel != AuthorizationLevel.Anonymous && !FunctionKeys.IsAllowed(context))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        var log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger($"Function.{function.Name}");
        try
        {
            await Answer(context, await function.InvokeAsync(context.RequestServices, (parameter, services) => HttpBinding.Bind(parameter, context, services)));
        }
        catch (FormatException refused) when (!context.Response.HasStarted)
        {
            await Results.Text(refused.Message, statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(context);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested) // the edge of the invocation: the caller gets 500, the log the rest
        {
            log.LogError(e, "{Method} {Path} failed (invocation {Invocation})", context.Request.Method, context.Request.Path, context.TraceIdentifier);
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            }
        }
    }

    private static Task Answer(HttpContext context, object? result) => result switch
    {
        null => Task.CompletedTask,
        IActionResult action => action.ExecuteResultAsync(new ActionContext(context, context.GetRouteData(), new ActionDescriptor())),
        IResult plain => plain.ExecuteAsync(context),
        string text => context.Response.WriteAsync(text, context.RequestAborted),
        var value => new ObjectResult(value).ExecuteResultAsync(new ActionContext(context, context.GetRouteData(), new ActionDescriptor())),
    };
}
