using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Configuration;
using ServerlessTuning.Embedded.Functions.Hosting;

namespace ServerlessTuning.Embedded.Functions.Http;

/// <summary>What host.json and local.settings.json say of HTTP answers.</summary>
internal static class HttpSettings
{
    /// <summary>host.json: extensions.http.customHeaders.</summary>
    public static void UseCustomHeaders(this WebApplication app, HostSettings settings)
    {
        if (settings.CustomHeaders.Count > 0)
        {
            app.Use((context, next) =>
            {
                foreach (var (name, value) in settings.CustomHeaders)
                {
                    context.Response.Headers[name] = value;
                }

                return next(context);
            });
        }
    }

    /// <summary>local.settings.json: Host.CORS, origins with commas between them or *; Host.CORSCredentials. On Azure this is the platform's, not the host's.</summary>
    public static void UseCoreToolsCors(this WebApplication app)
    {
        if (app.Configuration[$"{ListenAddress.CoreTools}:CORS"] is { Length: > 0 } origins)
        {
            app.UseCors(policy => Allow(policy, origins.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
                app.Configuration.GetValue<bool>($"{ListenAddress.CoreTools}:CORSCredentials")));
        }
    }

    private static void Allow(CorsPolicyBuilder policy, string[] origins, bool credentials)
    {
        policy.AllowAnyHeader().AllowAnyMethod().WithOrigins(origins);
        if (credentials)
        {
            policy.AllowCredentials();
        }
    }
}
