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
using ServerlessTuning.Embedded.Functions.Invocation;

namespace ServerlessTuning.Embedded.Functions.Http;

/// <summary>HTTP triggers as endpoints.</summary>
internal static class HttpFunctions
{
    public static void MapHttpFunctions(this WebApplication app, FunctionCatalog catalog, HostSettings settings)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Host.Functions");
        var limits = new RequestLimits(settings);
        foreach (var (function, trigger) in catalog.With<HttpTriggerAttribute>())
        {
            var route = $"/{settings.RoutePrefix}/{trigger.Route ?? function.Name}".Replace("//", "/", StringComparison.Ordinal);
            RequestDelegate run = context => Run(function, trigger, limits, context);
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

    private static async Task Run(FunctionMethod function, HttpTriggerAttribute trigger, RequestLimits limits, HttpContext context)
    {
        if (trigger.AuthLevel != AuthorizationLevel.Anonymous && !FunctionKeys.IsAllowed(context))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        try
        {
            using var place = await limits.EnterAsync(context.RequestAborted) ?? throw new BadInputException("Too many requests are under way. Try again in a moment.", StatusCodes.Status429TooManyRequests);
            var request = new InvocationRequest((parameter, invocation) => HttpBinding.Bind(parameter, invocation, context))
            {
                Http = context,
                BindingData = HttpBinding.Data(context),
                Stop = context.RequestAborted,
            };
            await Answer(context, await context.RequestServices.GetRequiredService<Invoker>().InvokeAsync(function, request));
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested) // the edge of the invocation: the caller gets a code, the log has the rest
        {
            await Refuse(context, e);
        }
    }

    /// <summary>The caller's fault is told to the caller; the app's fault is 500 and no word of it.</summary>
    private static async Task Refuse(HttpContext context, Exception failure)
    {
        var (status, words) = failure switch
        {
            BadInputException input => (input.Status, input.Message),
            BadHttpRequestException request => (request.StatusCode, request.Message), // the server's own: a body too large (413) or too slow (408)
            _ => (StatusCodes.Status500InternalServerError, ""),
        };
        if (!context.Response.HasStarted)
        {
            await Results.Text(words, statusCode: status).ExecuteAsync(context);
        }
    }

    private static Task Answer(HttpContext context, object? result) => result switch
    {
        null => Task.CompletedTask,
        IActionResult action => action.ExecuteResultAsync(new ActionContext(context, context.GetRouteData(), new ActionDescriptor())),
        IResult plain => plain.ExecuteAsync(context),
        HostedResponse response => response.SendAsync(),
        string text => context.Response.WriteAsync(text, context.RequestAborted),
        var value => new ObjectResult(value).ExecuteResultAsync(new ActionContext(context, context.GetRouteData(), new ActionDescriptor())),
    };
}
