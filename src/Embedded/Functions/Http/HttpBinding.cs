using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using ServerlessTuning.Embedded.Functions.Discovery;

namespace ServerlessTuning.Embedded.Functions.Http;

/// <summary>Parameters of an HTTP function: the request, the durable client, route values, query values.</summary>
internal static class HttpBinding
{
    /// <exception cref="FormatException">A route or query value is not of the parameter's type: the caller's fault.</exception>
    public static object? Bind(ParameterInfo parameter, HttpContext context, IServiceProvider services) => parameter.ParameterType switch
    {
        var type when type == typeof(HttpRequest) => context.Request,
        var type when type == typeof(HttpContext) => context,
        var type when type == typeof(CancellationToken) => context.RequestAborted,
        var type when type == typeof(DurableTaskClient) => services.GetRequiredService<DurableTaskClient>(),
        _ => ParameterText.Convert(Text(parameter.Name!, context), parameter),
    };

    private static string? Text(string name, HttpContext context) =>
        context.GetRouteValue(name)?.ToString() ?? (context.Request.Query.TryGetValue(name, out var value) ? value.ToString() : null);
}
