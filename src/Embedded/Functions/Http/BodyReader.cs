using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ServerlessTuning.Embedded.Functions.Http;

/// <summary>A parameter with <c>[FromBody]</c>: the request's JSON.</summary>
internal sealed class BodyReader
{
    private BodyReader() // a type argument of the attribute, and no more
    {
    }

    /// <exception cref="BadInputException">The body is no JSON, or not of this type.</exception>
    public static async ValueTask<object?> ReadAsync(HttpContext context, Type type, string parameter)
    {
        if (type == typeof(string))
        {
            using var reader = new StreamReader(context.Request.Body);
            return await reader.ReadToEndAsync(context.RequestAborted);
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (body.Length == 0)
        {
            throw new BadInputException($"{parameter}: the body is empty; expected JSON for {type.Name}.");
        }

        body.Position = 0;
        var serializer = context.RequestServices.GetRequiredService<IOptions<WorkerOptions>>().Value.Serializer;
        try
        {
            return await serializer.DeserializeAsync(body, type, context.RequestAborted);
        }
        catch (JsonException wrong)
        {
            throw new BadInputException($"{parameter}: the body is not the JSON of {type.Name}: {wrong.Message}", inner: wrong);
        }
    }
}
