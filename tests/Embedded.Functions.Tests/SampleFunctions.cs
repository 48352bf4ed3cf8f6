using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace ServerlessTuning.Embedded.Functions.Tests;

/// <summary>What the functions below have seen, so that tests can ask.</summary>
public sealed class Seen
{
    public ConcurrentQueue<string> Events { get; } = new();

    /// <summary>Blobs whose name contains this fail.</summary>
    public string? Failing { get; set; }

    public async Task<string> WaitFor(Func<string, bool> wanted)
    {
        for (var i = 0; i < 300; i++)
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

    [Function("StartTwice")]
    public static async Task<string> StartTwice([HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        await client.ScheduleNewOrchestrationInstanceAsync("Twice", 21);
}

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

public sealed class TimerSamples(Seen seen)
{
    [Function("Tick")]
    public void Tick([TimerTrigger("00:00:01")] TimerInfo timer) => seen.Events.Enqueue($"tick past due: {timer.IsPastDue}");

    [Function("Never")]
    public void Never([TimerTrigger("00:00:01")] TimerInfo timer) => seen.Events.Enqueue($"never {timer.IsPastDue}");
}
