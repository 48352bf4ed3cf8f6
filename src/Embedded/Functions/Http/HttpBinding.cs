using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker.Http;
using ServerlessTuning.Embedded.Functions.Discovery;
using ServerlessTuning.Embedded.Functions.Invocation;

namespace ServerlessTuning.Embedded.Functions.Http;

/// <summary>Parameters of an HTTP function: the request in one of two forms, its body, route values, query values.</summary>
internal static class HttpBinding
{
    /// <exception cref="BadInputException">A route or query value or the body is not of the parameter's type.</exception>
    public static ValueTask<object?> Bind(ParameterInfo parameter, HostedContext invocation, HttpContext context) => parameter.ParameterType switch
    {
        var type when type == typeof(HttpRequest) => new(context.Request),
        var type when type == typeof(HttpContext) => new(context),
        var type when type == typeof(HttpRequestData) => new(new HostedRequest(invocation, context)),
        var type when parameter.GetCustomAttribute<FromBodyAttribute>() is not null => BodyReader.ReadAsync(context, type, parameter.Name!),
        _ => new(Value(parameter, context)),
    };

    /// <summary>What the context's binding data shows: route values, and query values that no route value hides.</summary>
    public static Dictionary<string, object?> Data(HttpContext context)
    {
        var data = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in context.Request.Query)
        {
            data[name] = value.ToString();
        }

        foreach (var (name, value) in context.GetRouteData().Values)
        {
            data[name] = value;
        }

        return data;
    }

    private static object? Value(ParameterInfo parameter, HttpContext context)
    {
        try
        {
            return ParameterText.Convert(Text(parameter.Name!, context), parameter);
        }
        catch (FormatException wrong)
        {
            throw new BadInputException(wrong.Message, inner: wrong);
        }
    }

    private static string? Text(string name, HttpContext context) =>
        context.GetRouteValue(name)?.ToString() ?? (context.Request.Query.TryGetValue(name, out var value) ? value.ToString() : null);
}
