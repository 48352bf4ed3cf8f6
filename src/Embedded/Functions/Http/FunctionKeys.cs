using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ServerlessTuning.Embedded.Functions.Http;

/// <summary>Who may call what is not anonymous: who has the key of the setting <c>Embedded:FunctionKey</c>; without that setting, who calls over loopback.</summary>
internal static class FunctionKeys
{
    public static bool IsAllowed(HttpContext context)
    {
        var key = context.RequestServices.GetRequiredService<IConfiguration>()["Embedded:FunctionKey"];
        return key is null ? IsLoopback(context.Connection.LocalIpAddress) : Same(key, context.Request.Headers["x-functions-key"]) || Same(key, context.Request.Query["code"]);
    }

    /// <summary>The host's own routes (<c>/admin</c>, the durable management API) are never anonymous.</summary>
    public static void UseKeysOnHostRoutes(this WebApplication app) => app.Use((context, next) =>
    {
        var path = context.Request.Path;
        if (!(path.StartsWithSegments("/admin") || path.StartsWithSegments("/runtime")) || IsAllowed(context))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    });

    /// <remarks>No address: a Unix socket or a server in memory, which nobody reaches from elsewhere.</remarks>
    public static bool IsLoopback(IPAddress? local) => local is null || IPAddress.IsLoopback(local);

    private static bool Same(string key, string? given) =>
        given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(given));
}
