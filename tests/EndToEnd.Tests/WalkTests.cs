using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.EndToEnd.Tests;

/// <summary>A new user's path with nothing but an HTTP client, on the app as <c>./run --serve</c> starts it: start, follow, raise, suspend, resume, terminate, purge, each answer as Durable Functions documents it.</summary>
[Collection(nameof(RunningStack))]
public sealed class WalkTests(RunningStack running) : IDisposable
{
    private static readonly string[] LinkKeys = ["id", "statusQueryGetUri", "sendEventPostUri", "terminatePostUri", "purgeHistoryDeleteUri", "restartPostUri", "suspendPostUri", "resumePostUri"];
    private static readonly string[] StatusKeys = ["name", "instanceId", "runtimeStatus", "input", "customStatus", "output", "createdTime", "lastUpdatedTime"];

    private readonly HttpClient http = new() { BaseAddress = new Uri(running.Stack.Url, "runtime/webhooks/durabletask/") };

    public void Dispose() => http.Dispose();

    [Fact]
    public async Task Every_step_of_the_walk_is_answered_as_documented()
    {
        await Start_and_follow("walk-1");
        await Suspend_raise_and_resume("walk-1");
        await Start_and_terminate("walk-2");
        await What_has_ended_takes_nothing_more("walk-2");
        await List_and_restart("walk-2");
        await Purge("walk-1", "walk-2");
        await What_is_not_there_is_404("walk-1");
    }

    /// <summary>A fresh file in the folder, which no trigger starts a run for: a run waits two seconds for the folder to rest, time enough to steer it.</summary>
    private async Task Unrest() =>
        await running.Stack.Blobs.GetBlobContainerClient(BlobPaths.Datasets).GetBlobClient("walk/valid.jsonl").UploadAsync(BinaryData.FromString("{}"), overwrite: true);

    private async Task Start_and_follow(string id)
    {
        await Unrest();
        var started = await Send("POST", $"orchestrators/TuneModel/{id}", """{"dataset":"walk"}""");
        Assert.Equal((HttpStatusCode.Accepted, TimeSpan.FromSeconds(10)), (started.Code, started.RetryAfter));
        Assert.Equal(LinkKeys, started.Keys);
        Assert.Equal((string?)started.Body!["statusQueryGetUri"], started.Location);
        Assert.Contains($"/instances/{id}/raiseEvent/{{eventName}}?taskHub=Tuning&connection=", (string?)started.Body["sendEventPostUri"]);
        Assert.Contains("/terminate?reason={text}&", (string?)started.Body["terminatePostUri"]);

        var followed = await Send("GET", started.Location!);
        Assert.Equal((HttpStatusCode.Accepted, TimeSpan.FromSeconds(5), started.Location), (followed.Code, followed.RetryAfter, followed.Location));
        Assert.Equal(StatusKeys, followed.Keys);
        Assert.Equal(("TuneModel", id, "walk"), ((string?)followed.Body!["name"], (string?)followed.Body["instanceId"], (string?)followed.Body["input"]!["dataset"]));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", (string?)followed.Body["createdTime"]);
        Assert.Null((await Send("GET", $"instances/{id}?showInput=false")).Body!["input"]);

        Assert.Equal(HttpStatusCode.Conflict, (await Send("POST", $"orchestrators/TuneModel/{id}", """{"dataset":"walk"}""")).Code);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Send("DELETE", $"instances/{id}")).Code);
        Assert.Equal(HttpStatusCode.BadRequest, (await Send("POST", "orchestrators/TuneModel", "{")).Code);
        Assert.Equal(HttpStatusCode.BadRequest, (await Send("POST", "orchestrators/NoSuchFunction", "")).Code);
    }

    private async Task Suspend_raise_and_resume(string id)
    {
        Assert.Equal((HttpStatusCode.Accepted, ""), (await Send("POST", $"instances/{id}/suspend?reason=lunch")).Plain);
        await Becomes(id, "Suspended", HttpStatusCode.Accepted);

        Assert.Equal((HttpStatusCode.Accepted, ""), (await Send("POST", $"instances/{id}/raiseEvent/Hello", "{\"a\":1}")).Plain);
        Assert.Equal(HttpStatusCode.BadRequest, (await Send("POST", $"instances/{id}/raiseEvent/Hello", "{\"a\":")).Code);
        Assert.Equal(HttpStatusCode.BadRequest, (await Send("POST", $"instances/{id}/raiseEvent/Hello", "plain", "text/plain")).Code);

        Assert.Equal((HttpStatusCode.Accepted, ""), (await Send("POST", $"instances/{id}/resume?reason=coffee")).Plain);
        var ended = await Becomes(id, "Completed", HttpStatusCode.OK); // a dataset that is not there is a result, not an exception
        Assert.Equal((null, null), (ended.Location, ended.RetryAfter));
        Assert.NotNull(ended.Body!["output"]);
        var history = (await Send("GET", $"instances/{id}?showHistory=true")).Body!["historyEvents"]!.AsArray();
        Assert.Equal("ExecutionStarted", (string?)history[0]!["EventType"]);
        Assert.Equal(("ExecutionCompleted", "Completed"), ((string?)history[^1]!["EventType"], (string?)history[^1]!["OrchestrationStatus"]));
    }

    private async Task Start_and_terminate(string id)
    {
        await Unrest();
        await Send("POST", $"orchestrators/TuneModel/{id}", """{"dataset":"walk"}""");
        Assert.Equal((HttpStatusCode.Accepted, ""), (await Send("POST", $"instances/{id}/terminate?reason=enough")).Plain);
        Assert.Equal("enough", (string?)(await Becomes(id, "Terminated", HttpStatusCode.OK)).Body!["output"]);
    }

    private async Task What_has_ended_takes_nothing_more(string id)
    {
        foreach (var operation in new[] { "raiseEvent/Hello", "terminate", "suspend", "resume" })
        {
            Assert.Equal((HttpStatusCode.Gone, ""), (await Send("POST", $"instances/{id}/{operation}", "{}")).Plain);
        }

        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Send("POST", $"instances/{id}/rewind")).Code);
    }

    private async Task List_and_restart(string id)
    {
        var page = await Send("GET", "instances?runtimeStatus=Terminated&instanceIdPrefix=walk-&top=1");
        Assert.Equal((HttpStatusCode.OK, id), (page.Code, (string?)Assert.Single(page.Json!.AsArray())!["instanceId"]));
        Assert.Equal("[]", (await Send("GET", "instances?instanceIdPrefix=nothing-")).Json!.ToJsonString());

        var again = await Send("POST", $"instances/{id}/restart");
        Assert.Equal(HttpStatusCode.Accepted, again.Code);
        Assert.Equal(LinkKeys, again.Keys);
        var other = (string?)again.Body!["id"];
        Assert.NotEqual(id, other); // a new id unless one says otherwise
        await Becomes(other!, "Completed", HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, (await Send("DELETE", $"instances/{other}")).Code);
    }

    private async Task Purge(string one, string other)
    {
        var purged = await Send("DELETE", $"instances/{one}");
        Assert.Equal((HttpStatusCode.OK, """{"instancesDeleted":1}"""), (purged.Code, purged.Json!.ToJsonString()));
        Assert.Equal(HttpStatusCode.BadRequest, (await Send("DELETE", "instances")).Code); // createdTimeFrom is required
        var filtered = await Send("DELETE", "instances?createdTimeFrom=2020-01-01T00:00:00Z&runtimeStatus=Terminated");
        Assert.Equal(HttpStatusCode.OK, filtered.Code);
        Assert.Equal(HttpStatusCode.NotFound, (await Send("GET", $"instances/{other}")).Code);
    }

    private async Task What_is_not_there_is_404(string id)
    {
        foreach (var (method, path) in new[]
        {
            ("GET", $"instances/{id}"), ("DELETE", $"instances/{id}"), ("POST", $"instances/{id}/raiseEvent/Hello"), ("POST", $"instances/{id}/terminate"),
            ("POST", $"instances/{id}/suspend"), ("POST", $"instances/{id}/resume"), ("PUT", $"instances/{id}"), ("GET", "nothing"),
        })
        {
            Assert.Equal((HttpStatusCode.NotFound, ""), (await Send(method, path)).Plain);
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await Send("POST", $"instances/{id}/restart")).Code); // 400 where others say 404
    }

    private async Task<Answer> Becomes(string id, string status, HttpStatusCode code)
    {
        for (var i = 0; i < 300; i++)
        {
            if (await Send("GET", $"instances/{id}") is var answer && (string?)answer.Body!["runtimeStatus"] == status)
            {
                Assert.Equal(code, answer.Code);
                return answer;
            }

            await Task.Delay(100);
        }

        throw new TimeoutException($"{id} did not become {status} within 30 s.");
    }

    private async Task<Answer> Send(string method, string path, string? body = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(new(method), path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, type) };
        using var answer = await http.SendAsync(request);
        return new(answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.Location?.OriginalString, answer.Headers.RetryAfter?.Delta);
    }

    private sealed record Answer(HttpStatusCode Code, string Text, string? Location, TimeSpan? RetryAfter)
    {
        public JsonNode? Json => Text.Length == 0 ? null : JsonNode.Parse(Text);

        public JsonObject? Body => Json as JsonObject;

        public IEnumerable<string> Keys => Body!.Select(pair => pair.Key);

        public (HttpStatusCode, string) Plain => (Code, Text);
    }
}
