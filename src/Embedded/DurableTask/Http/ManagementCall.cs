using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace ServerlessTuning.Embedded.DurableTask.Http;

/// <summary>One request to the management API; a method an operation.</summary>
internal sealed class ManagementCall(HttpContext context, DurableEngine engine, Links links)
{
    private const string TokenHeader = "x-ms-continuation-token";

    private readonly HttpRequest request = context.Request;
    private readonly CancellationToken aborted = context.RequestAborted;

    public string Verb => request.Method.ToUpperInvariant();

    /// <summary>The path below the base, decoded; the API's own words in lower case.</summary>
    public string[] Segments { get; } = Split(context.Request.RouteValues["rest"]?.ToString() ?? "");

    private DurableTaskClient Client => engine.Client;

    public async Task<IResult> Start(string name, string? id)
    {
        var (isJson, input) = await ReadBody();
        if (!isJson)
        {
            return Bodies.Message(HttpStatusCode.BadRequest, "Invalid JSON content");
        }

        var version = Given("version") is { } wanted ? new TaskVersion(wanted) : (TaskVersion?)null;
        try
        {
            return await Started(await Client.ScheduleNewOrchestrationInstanceAsync(name, input, new StartOrchestrationOptions(id) { Version = version }, aborted));
        }
        catch (InvalidOperationException exists)
        {
            return Bodies.Message(HttpStatusCode.Conflict, exists.Message);
        }
    }

    public async Task<IResult> Restart(string id)
    {
        try
        {
            return await Started(await Client.RestartAsync(id, Bodies.IsTrue(request, "restartWithNewInstanceId", otherwise: true), aborted));
        }
        catch (InvalidOperationException running)
        {
            return Bodies.Message(HttpStatusCode.Conflict, running.Message);
        }
    }

    public async Task<IResult> Status(string id)
    {
        if (await Client.GetInstanceAsync(id, getInputsAndOutputs: true, aborted) is not { } instance)
        {
            return Results.NotFound();
        }

        var showInput = Bodies.IsTrue(request, "showInput", otherwise: true);
        var history = Bodies.IsTrue(request, "showHistory") && instance.RuntimeStatus != OrchestrationRuntimeStatus.Pending
            ? HistoryBody.Write(engine.History(id), showInput, Bodies.IsTrue(request, "showHistoryOutput"))
            : null;
        var isOver = IsOver(instance);
        if (!isOver)
        {
            context.Response.Headers.Location = links.Self;
            context.Response.Headers.RetryAfter = "5";
        }

        var failsLoudly = instance.RuntimeStatus == OrchestrationRuntimeStatus.Failed && Bodies.IsTrue(request, "returnInternalServerErrorOnFailure");
        var code = failsLoudly ? HttpStatusCode.InternalServerError : isOver ? HttpStatusCode.OK : HttpStatusCode.Accepted;
        return Bodies.Json(code, Bodies.Status(instance, showInput, history));
    }

    public async Task<IResult> List()
    {
        var top = int.TryParse(Given("top"), out var size) && size > 0 ? size : OrchestrationQuery.DefaultPageSize;
        var token = request.Headers[TokenHeader].ToString();
        var query = new OrchestrationQuery(Time("createdTimeFrom"), Time("createdTimeTo"), Statuses(), InstanceIdPrefix: Given("instanceIdPrefix"), PageSize: top, FetchInputsAndOutputs: true);
        await foreach (var page in Client.GetAllInstancesAsync(query).AsPages(token.Length > 0 ? Decode(token) : null, top).WithCancellation(aborted))
        {
            if (page.ContinuationToken is { } next)
            {
                context.Response.Headers[TokenHeader] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(next));
            }

            var showInput = Bodies.IsTrue(request, "showInput", otherwise: true);
            return Bodies.Json(HttpStatusCode.OK, new JsonArray([.. page.Values.Select(instance => Bodies.Status(instance, showInput))]));
        }

        return Bodies.Json(HttpStatusCode.OK, new JsonArray());
    }

    public async Task<IResult> Purge(string id)
    {
        if (await Client.GetInstanceAsync(id, aborted) is not { } instance)
        {
            return Results.NotFound();
        }

        return IsOver(instance)
            ? Deleted(await Client.PurgeInstanceAsync(id, aborted))
            : Bodies.Text(HttpStatusCode.PreconditionFailed, $"The instance '{id}' is {instance.RuntimeStatus} and cannot be purged. Terminate it first.");
    }

    public async Task<IResult> PurgeMany()
    {
        if (Time("createdTimeFrom") is not { } from)
        {
            return Bodies.Text(HttpStatusCode.BadRequest, "Please provide value for 'createdTimeFrom' parameter.");
        }

        return Deleted(await Client.PurgeAllInstancesAsync(new PurgeInstancesFilter(from, Time("createdTimeTo"), Statuses()), aborted));
    }

    public async Task<IResult> RaiseEvent(string id, string name)
    {
        if (await Refusal(id) is { } refused)
        {
            return refused;
        }

        if (request.ContentType?.Split(';')[0].Trim().Equals("application/json", StringComparison.OrdinalIgnoreCase) != true)
        {
            return Bodies.Message(HttpStatusCode.BadRequest, "Only application/json request content is supported");
        }

        var (isJson, payload) = await ReadBody();
        if (!isJson)
        {
            return Bodies.Message(HttpStatusCode.BadRequest, "Invalid JSON content");
        }

        await Client.RaiseEventAsync(id, name, payload, aborted);
        return Results.StatusCode((int)HttpStatusCode.Accepted);
    }

    public Task<IResult> Terminate(string id) => Steer(id, reason => Client.TerminateInstanceAsync(id, reason, aborted));

    public Task<IResult> Suspend(string id) => Steer(id, reason => Client.SuspendInstanceAsync(id, reason, aborted));

    public Task<IResult> Resume(string id) => Steer(id, reason => Client.ResumeInstanceAsync(id, reason, aborted));

    public async Task<IResult> Rewind(string id)
    {
        if (await Client.GetInstanceAsync(id, aborted) is null)
        {
            return Bodies.Message(HttpStatusCode.NotFound, $"No instance with ID '{id}' was found.");
        }

        try
        {
            await Client.RewindInstanceAsync(id, Given("reason") ?? "", aborted);
            return Results.StatusCode((int)HttpStatusCode.Accepted);
        }
        catch (InvalidOperationException refused)
        {
            return Bodies.Text(HttpStatusCode.PreconditionFailed, refused.Message);
        }
    }

    private static string[] Split(string path)
    {
        var segments = path.Trim('/').Split('/');
        segments[0] = segments[0].ToLowerInvariant();
        if (segments is ["instances", _, var operation, ..])
        {
            segments[2] = operation.ToLowerInvariant();
        }

        return segments;
    }

    private static bool IsOver(OrchestrationMetadata instance) => instance.IsCompleted || instance.RuntimeStatus == OrchestrationRuntimeStatus.Canceled;

    private static IResult Deleted(PurgeResult purged) => purged.PurgedInstanceCount == 0
        ? Results.NotFound()
        : Bodies.Json(HttpStatusCode.OK, new JsonObject { ["instancesDeleted"] = purged.PurgedInstanceCount });

    private static string Decode(string token)
    {
        try
        {
            return System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(token));
        }
        catch (FormatException)
        {
            throw new ArgumentException($"The {TokenHeader} '{token}' is not one that this API gave.");
        }
    }

    private async Task<IResult> Steer(string id, Func<string?, Task> act)
    {
        if (await Refusal(id) is { } refused)
        {
            return refused;
        }

        try
        {
            await act(Given("reason"));
            return Results.StatusCode((int)HttpStatusCode.Accepted);
        }
        catch (InvalidOperationException)
        {
            return Results.StatusCode((int)HttpStatusCode.Gone); // it ended just now
        }
    }

    /// <returns>404 for an unknown instance, 410 for one that has ended, else null.</returns>
    private async Task<IResult?> Refusal(string id) => await Client.GetInstanceAsync(id, aborted) switch
    {
        null => Results.NotFound(),
        var instance when IsOver(instance) => Results.StatusCode((int)HttpStatusCode.Gone),
        _ => null,
    };

    /// <summary>The 202 with the links; or, when the caller waits (timeout and pollingInterval, in seconds), the output.</summary>
    private async Task<IResult> Started(string id)
    {
        if (Seconds("timeout") is { } timeout && Seconds("pollingInterval") is { } interval)
        {
            if (interval > timeout)
            {
                throw new ArgumentException($"The pollingInterval ({interval.TotalSeconds} s) must not be longer than the timeout ({timeout.TotalSeconds} s).");
            }

            if (await WaitFor(id, timeout) is { } ended)
            {
                return ended.RuntimeStatus == OrchestrationRuntimeStatus.Completed
                    ? Bodies.Json(HttpStatusCode.OK, Bodies.Value(ended.SerializedOutput))
                    : await Status(id);
            }
        }

        context.Response.Headers.Location = links.Status(id);
        context.Response.Headers.RetryAfter = "10";
        return Bodies.Json(HttpStatusCode.Accepted, links.CheckStatus(id));
    }

    private async Task<OrchestrationMetadata?> WaitFor(string id, TimeSpan timeout)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        limit.CancelAfter(timeout);
        try
        {
            return await Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, limit.Token);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<(bool IsJson, JsonElement? Value)> ReadBody()
    {
        using var reader = new StreamReader(request.Body);
        var text = await reader.ReadToEndAsync(aborted);
        try
        {
            return (true, text.Length == 0 ? null : JsonSerializer.Deserialize<JsonElement>(text));
        }
        catch (JsonException)
        {
            return (false, null);
        }
    }

    private string? Given(string name) => request.Query[name].ToString() is { Length: > 0 } value && !string.IsNullOrWhiteSpace(value) ? value : null;

    private TimeSpan? Seconds(string name) => double.TryParse(Given(name), out var seconds) ? TimeSpan.FromSeconds(seconds) : null;

    private DateTimeOffset? Time(string name) =>
        DateTimeOffset.TryParse(Given(name), null, System.Globalization.DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>Comma-separated or repeated; unknown names are skipped.</summary>
    private OrchestrationRuntimeStatus[]? Statuses()
    {
        var names = request.Query["runtimeStatus"].SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries));
        OrchestrationRuntimeStatus[] known = [.. names.Where(name => Enum.TryParse<OrchestrationRuntimeStatus>(name, true, out _)).Select(name => Enum.Parse<OrchestrationRuntimeStatus>(name, true))];
        return known.Length == 0 ? null : known;
    }
}
