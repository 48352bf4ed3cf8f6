using System.Collections.Concurrent;
using System.Diagnostics;
using Azure.Storage.Blobs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using FromBodyAttribute = Microsoft.Azure.Functions.Worker.Http.FromBodyAttribute;

namespace ServerlessTuning.Embedded.Functions.Tests;

/// <summary>What the functions below have seen, so that tests can ask.</summary>
public sealed class Seen
{
    public ConcurrentQueue<string> Events { get; } = new();

    /// <summary>Blobs whose name contains this fail.</summary>
    public string? Failing { get; set; }

    private int running;

    /// <returns>How many slow functions are under way.</returns>
    public int Begin() => Interlocked.Increment(ref running);

    public void End() => Interlocked.Decrement(ref running);

    public async Task<string> WaitFor(Func<string, bool> wanted, int seconds = 15)
    {
        for (var i = 0; i < 20 * seconds; i++)
        {
            if (Events.FirstOrDefault(wanted) is { } found)
            {
                return found;
            }

            await Task.Delay(50);
        }

        throw new TimeoutException($"Seen only: {string.Join("; ", Events)}");
    }
}

/// <summary>A class with a dependency, as an app has.</summary>
public sealed class HttpSamples(Seen seen)
{
    [Function("Greet")]
    public IActionResult Greet([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "greet/{name}")] HttpRequest request, string name, int times = 1)
    {
        seen.Events.Enqueue($"greet {name} {times} {request.Method}");
        return new OkObjectResult(new { hello = name, times });
    }

    [Function("Accept")]
    public static IResult Accept([HttpTrigger(AuthorizationLevel.Function, "post", Route = "things/{id:int}")] HttpRequest request, int id) => Results.Accepted($"/things/{id}");

    [Function("Break")]
    public static string Break([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request) => throw new InvalidOperationException("broken on purpose");

    /// <summary>The same exception as a bad route value has, but out of the function's own code.</summary>
    [Function("Misread")]
    public static string Misread([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => throw new FormatException("a number of our own that is none");

    [Function("Order")]
    public static IActionResult Order([HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequest request, [FromBody] Order order) => new OkObjectResult(new { order.Dish, order.Count });

    [Function("Swallow")]
    public static async Task<string> Swallow([HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        return $"{body.Length}";
    }

    [Function("Echo")]
    public static async Task<IActionResult> Echo([HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequest request)
    {
        var buffer = new byte[100];
        while (await request.Body.ReadAsync(buffer) is > 0 and var read)
        {
            await request.HttpContext.Response.Body.WriteAsync(buffer.AsMemory(0, read));
            await request.HttpContext.Response.Body.FlushAsync();
        }

        return new EmptyResult();
    }

    [Function("WhoAmI")]
    public static IActionResult WhoAmI([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "who/{name}")] HttpRequest request, string name, FunctionContext context)
    {
        context.GetLogger("Sample").LogInformation("asked who {Name} is", name);
        return new OkObjectResult(new
        {
            context.InvocationId,
            Function = context.FunctionDefinition.Name,
            Trigger = context.FunctionDefinition.InputBindings["request"].Type,
            Bound = context.BindingContext.BindingData["name"],
            Marked = context.Items.TryGetValue("mark", out var mark) ? mark : null,
            Same = context.GetHttpContext() == request.HttpContext,
        });
    }

    [Function("Dawdle")]
    public static async Task<string> Dawdle([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request, CancellationToken cancellation)
    {
        await Task.Delay(TimeSpan.FromSeconds(30), cancellation);
        return "at last";
    }

    [Function("StartAndPoint")]
    public static async Task<HttpResponseData> StartAndPoint([HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequestData request, [DurableClient] DurableTaskClient client) =>
        await client.CreateCheckStatusResponseAsync(request, await client.ScheduleNewOrchestrationInstanceAsync("Twice", 21, new StartOrchestrationOptions("a b")));

    [Function("StartAndWait")]
    public static async Task<HttpResponseData> StartAndWait([HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequestData request, [DurableClient] DurableTaskClient client) =>
        await client.WaitForCompletionOrCreateCheckStatusResponseAsync(request, await client.ScheduleNewOrchestrationInstanceAsync("Twice", 21), TimeSpan.FromMilliseconds(20), getInputsAndOutputs: true);

    [Function("StartTwice")]
    public static async Task<string> StartTwice([HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        await client.ScheduleNewOrchestrationInstanceAsync("Twice", 21);
}

/// <summary>A body.</summary>
public sealed record Order(string Dish, int Count);

public static class DurableSamples
{
    [Function("Twice")]
    public static Task<int> Twice([OrchestrationTrigger] TaskOrchestrationContext context, int number) => context.CallActivityAsync<int>("Double", number);

    [Function("Double")]
    public static int Double([ActivityTrigger] int number) => number * 2;
}

public sealed class BlobSamples(Seen seen)
{
    [Function("OnText")]
    public void OnText([BlobTrigger("drops/{folder}/{name}.txt")] string content, string folder, string name)
    {
        seen.Events.Enqueue($"{folder}|{name}|{content}");
        if (seen.Failing is { } word && name.Contains(word, StringComparison.Ordinal))
        {
            throw new InvalidOperationException("refused on purpose");
        }
    }
}

/// <summary>For hosts in a process of their own.</summary>
public static class DeadlySamples
{
    /// <summary>Kills the host over a blob that says so, with the signal that nothing can catch, after a line in a file of the host's folder.</summary>
    [Function("Deadly")]
    public static void Deadly([BlobTrigger("deadly/{name}")] string content, string name)
    {
        File.AppendAllText("deaths.txt", $"{name}\n");
        if (content == "kill")
        {
            Process.GetCurrentProcess().Kill();
            Thread.Sleep(Timeout.Infinite);
        }
    }
}

/// <summary>The other forms of a blob.</summary>
public sealed class BlobForms(Seen seen)
{
    [Function("OnStream")]
    public async Task OnStream([BlobTrigger("forms/{name}.stream")] Stream content, string name, FunctionContext context)
    {
        using var reader = new StreamReader(content);
        seen.Events.Enqueue($"stream {name} {await reader.ReadToEndAsync()} {context.BindingContext.BindingData["BlobTrigger"]}");
    }

    [Function("OnBytes")]
    public void OnBytes([BlobTrigger("forms/{name}.bytes")] byte[] content, string name, string blobTrigger, Uri uri) =>
        seen.Events.Enqueue($"bytes {name} {Convert.ToHexString(content)} {blobTrigger} {uri.AbsolutePath.EndsWith(blobTrigger, StringComparison.Ordinal)}");

    [Function("OnClient")]
    public async Task OnClient([BlobTrigger("forms/{name}.client")] BlobClient blob, string name) =>
        seen.Events.Enqueue($"client {name} {(await blob.DownloadContentAsync()).Value.Content} {(await blob.GetPropertiesAsync()).Value.Metadata["author"]}");

    /// <summary>Runs until it is stopped, or for as long as the blob says.</summary>
    [Function("Slow")]
    public async Task Slow([BlobTrigger("slow/{name}")] string content, string name, CancellationToken cancellation)
    {
        seen.Events.Enqueue($"slow {name} begins");
        seen.Events.Enqueue($"slow at once {seen.Begin()}");
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(int.Parse(content)), cancellation);
            seen.Events.Enqueue($"slow {name} ends");
        }
        finally
        {
            seen.End();
        }
    }
}

public sealed class TimerSamples(Seen seen)
{
    [Function("Tick")]
    public void Tick([TimerTrigger("00:00:01")] TimerInfo timer) => seen.Events.Enqueue($"tick past due: {timer.IsPastDue}");

    [Function("Never")]
    public void Never([TimerTrigger("00:00:01")] TimerInfo timer) => seen.Events.Enqueue($"never {timer.IsPastDue}");
}
