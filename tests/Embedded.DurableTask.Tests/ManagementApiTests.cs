using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Embedded.DurableTask.Http;

namespace ServerlessTuning.Embedded.DurableTask.Tests;

/// <summary>The HTTP management API over a real socket: codes, headers and bodies of the facts about Durable Functions.</summary>
public sealed class ManagementApiTests : IAsyncLifetime, IDisposable
{
    private readonly TestEngine engine = new(new TestApp()
        .Activity<string, string>("Greet", name => $"Hello {name}!")
        .Orchestrator("Hello", context => context.CallActivityAsync<string>("Greet", context.GetInput<string>()))
        .Orchestrator("Waits", async context =>
        {
            context.SetCustomStatus(new { stage = "waiting" });
            return await context.WaitForExternalEvent<JsonNode>("Go");
        })
        .Orchestrator("Breaks", context => Task.FromException<int>(new InvalidDataException("broken"))));

    private WebApplication? app;
    private HttpClient? http;

    private HttpClient Http => http!;

    public async Task InitializeAsync()
    {
        await engine.Start();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.MapDurableManagement(engine.Engine, new() { TaskHub = "Tuning" });
        await app.StartAsync();
        http = new HttpClient { BaseAddress = new Uri(app.Urls.First() + DurableManagementApi.BasePath + "/") };
    }

    public void Dispose() => Http.Dispose();

    public async Task DisposeAsync()
    {
        await app!.DisposeAsync();
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task A_start_answers_202_with_the_links_in_the_hosts_order()
    {
        var (response, body) = await Post("orchestrators/Hello/one", "\"Ada\"");

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(
            ["id", "statusQueryGetUri", "sendEventPostUri", "terminatePostUri", "purgeHistoryDeleteUri", "restartPostUri", "suspendPostUri", "resumePostUri"],
            body!.AsObject().Select(pair => pair.Key));
        Assert.Equal($"{Http.BaseAddress}instances/one?taskHub=Tuning&connection=Storage", response.Headers.Location!.ToString());
        Assert.Equal($"{Http.BaseAddress}instances/one/terminate?reason={{text}}&taskHub=Tuning&connection=Storage", (string?)body["terminatePostUri"]);
        Assert.Equal(TimeSpan.FromSeconds(10), response.Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task A_start_is_refused_for_bad_json_for_an_unknown_function_and_for_a_running_instance()
    {
        await Post("orchestrators/Waits/one", "");

        Assert.Equal(HttpStatusCode.BadRequest, (await Post("orchestrators/Hello", "{")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Post("orchestrators/Missing", "")).Response.StatusCode);
        var (again, body) = await Post("orchestrators/Waits/one", "");
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.Contains("already exists", (string)body!["Message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_that_waits_answers_with_the_output_alone()
    {
        var (response, body) = await Post("orchestrators/Hello?timeout=10&pollingInterval=1", "\"Ada\"");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("Hello Ada!", (string?)body);
        Assert.Equal(HttpStatusCode.Accepted, (await Post("orchestrators/Waits?timeout=0.2&pollingInterval=0.1", "")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Post("orchestrators/Waits?timeout=1&pollingInterval=2", "")).Response.StatusCode);
    }

    [Fact]
    public async Task The_status_of_a_running_instance_is_202_with_where_and_when_to_ask_again()
    {
        await Post("orchestrators/Waits/one", """{"a":1}""");
        await engine.Until("one", instance => instance.IsRunning);

        var response = await Http.GetAsync("instances/one?x=y");
        var body = await Body(response);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal($"{Http.BaseAddress}instances/one?x=y", response.Headers.Location!.ToString());
        Assert.Equal(TimeSpan.FromSeconds(5), response.Headers.RetryAfter!.Delta);
        Assert.Equal(["name", "instanceId", "runtimeStatus", "input", "customStatus", "output", "createdTime", "lastUpdatedTime"], body!.AsObject().Select(pair => pair.Key));
        Assert.Equal("""{"a":1}""", body["input"]!.ToJsonString());
        Assert.Equal("waiting", (string?)body["customStatus"]!["stage"]);
        Assert.Matches("^....-..-..T..:..:..Z$", (string)body["createdTime"]!);
        Assert.Null((await Body(await Http.GetAsync("instances/one?showInput=false")))!["input"]);
    }

    [Fact]
    public async Task The_status_of_a_failed_instance_is_500_only_when_asked_for()
    {
        await Post("orchestrators/Breaks/one", "");
        await engine.End("one");

        Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync("instances/one")).StatusCode);
        var loud = await Http.GetAsync("instances/one?returnInternalServerErrorOnFailure=true");
        Assert.Equal(HttpStatusCode.InternalServerError, loud.StatusCode);
        Assert.Equal("broken", (string?)(await Body(loud))!["output"]);
        Assert.Equal(HttpStatusCode.NotFound, (await Http.GetAsync("instances/unknown")).StatusCode);
    }

    [Fact]
    public async Task A_history_folds_calls_into_their_results()
    {
        await Post("orchestrators/Hello/one", "\"Ada\"");
        await engine.End("one");

        var events = (await Body(await Http.GetAsync("instances/one?showHistory=true&showHistoryOutput=true")))!["historyEvents"]!.AsArray();

        Assert.Equal(["ExecutionStarted", "TaskCompleted", "ExecutionCompleted"], events.Select(one => (string?)one!["EventType"]));
        Assert.Equal("Hello", (string?)events[0]!["FunctionName"]);
        Assert.Equal(("Greet", "Hello Ada!"), ((string?)events[1]!["FunctionName"], (string?)events[1]!["Result"]));
        Assert.NotNull(events[1]!["ScheduledTime"]);
        Assert.Equal("Completed", (string?)events[2]!["OrchestrationStatus"]);
    }

    [Fact]
    public async Task An_event_is_taken_as_json_for_a_running_instance_only()
    {
        await Post("orchestrators/Waits/one", "");

        Assert.Equal(HttpStatusCode.NotFound, (await Post("instances/unknown/raiseEvent/Go", "1")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Post("instances/one/raiseEvent/Go", "1", "text/plain")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Post("instances/one/raiseEvent/Go", "{")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await Post("instances/one/RAISEEVENT/Go", """{"x":[1]}""")).Response.StatusCode);
        Assert.Equal("""{"x":[1]}""", (await engine.End("one")).SerializedOutput);
        Assert.Equal(HttpStatusCode.Gone, (await Post("instances/one/raiseEvent/Go", "1", "text/plain")).Response.StatusCode);
    }

    [Fact]
    public async Task An_instance_is_suspended_resumed_terminated_restarted_and_purged()
    {
        await Post("orchestrators/Waits/one", "");
        Assert.Equal(HttpStatusCode.Accepted, (await Post("instances/one/suspend?reason=lunch", "")).Response.StatusCode);
        await engine.Until("one", instance => $"{instance.RuntimeStatus}" == "Suspended");
        Assert.Equal(HttpStatusCode.Accepted, (await Post("instances/one/resume", "")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Http.DeleteAsync("instances/one")).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await Post("instances/one/restart?restartWithNewInstanceId=false", "")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Post("instances/one/rewind", "")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await Post("instances/one/terminate?reason=enough", "")).Response.StatusCode);
        Assert.Equal("\"enough\"", (await engine.End("one")).SerializedOutput);
        Assert.Equal(HttpStatusCode.Gone, (await Post("instances/one/terminate", "")).Response.StatusCode);
        var (restarted, links) = await Post("instances/one/restart", "");
        Assert.Equal(HttpStatusCode.Accepted, restarted.StatusCode);
        Assert.NotEqual("one", (string?)links!["id"]);
        Assert.Equal(HttpStatusCode.BadRequest, (await Post("instances/unknown/restart", "")).Response.StatusCode);
        Assert.Equal("""{"instancesDeleted":1}""", await (await Http.DeleteAsync("instances/one")).Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await Http.DeleteAsync("instances/one")).StatusCode);
    }

    [Fact]
    public async Task Only_a_failed_instance_is_rewound()
    {
        await Post("orchestrators/Hello/fine", "\"Ada\"");
        await Post("orchestrators/Breaks/broken", "");
        await engine.End("fine");
        await engine.End("broken");

        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Post("instances/fine/rewind", "")).Response.StatusCode);
        var (unknown, message) = await Post("instances/unknown/rewind", "");
        Assert.Equal((HttpStatusCode.NotFound, "No instance with ID 'unknown' was found."), (unknown.StatusCode, (string?)message!["Message"]));
        Assert.Equal(HttpStatusCode.Accepted, (await Post("instances/broken/Rewind?reason=mended", "")).Response.StatusCode);
        await engine.End("broken");
        var history = JsonNode.Parse(await Http.GetStringAsync("instances/broken?showHistory=true"))!["historyEvents"]!.AsArray();
        Assert.Contains(history, one => (string?)one!["EventType"] == "GenericEvent" && (string?)one["Reason"] == "Rewound: mended");
    }

    [Fact]
    public async Task A_listing_filters_and_hands_out_a_token_for_the_next_page()
    {
        foreach (var id in (string[])["a-1", "a-2", "a-3", "b-1"])
        {
            await Post($"orchestrators/Hello/{id}", "\"Ada\"");
            await engine.End(id);
        }

        var first = await Http.GetAsync("instances?instanceIdPrefix=a-&top=2&runtimeStatus=Completed,Nonsense");
        using var next = new HttpRequestMessage(HttpMethod.Get, "instances?instanceIdPrefix=a-&top=2");
        next.Headers.Add("x-ms-continuation-token", first.Headers.GetValues("x-ms-continuation-token"));
        var second = await Http.SendAsync(next);

        Assert.Equal(["a-1", "a-2"], (await Body(first))!.AsArray().Select(one => (string?)one!["instanceId"]));
        Assert.Equal(["a-3"], (await Body(second))!.AsArray().Select(one => (string?)one!["instanceId"]));
        Assert.False(second.Headers.Contains("x-ms-continuation-token"));
        Assert.Equal("[]", await Http.GetStringAsync("instances?runtimeStatus=Running"));
    }

    [Fact]
    public async Task A_purge_by_filter_needs_its_first_time()
    {
        await Post("orchestrators/Hello/one", "\"Ada\"");
        await engine.End("one");

        Assert.Equal(HttpStatusCode.BadRequest, (await Http.DeleteAsync("instances")).StatusCode);
        Assert.Equal("""{"instancesDeleted":1}""", await (await Http.DeleteAsync("instances?createdTimeFrom=2020-01-01T00:00:00Z")).Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await Http.DeleteAsync("instances?createdTimeFrom=2020-01-01T00:00:00Z")).StatusCode);
    }

    [Theory, InlineData("GET", "entities"), InlineData("GET", "entities/counter/one"), InlineData("POST", "Entities/counter/one?op=add"), InlineData("DELETE", "entities/counter/one")]
    public async Task A_call_for_an_entity_is_told_that_there_are_none(string method, string path)
    {
        using var answer = await Http.SendAsync(new(new(method), path));

        Assert.Equal(HttpStatusCode.NotImplemented, answer.StatusCode);
        Assert.StartsWith("""{"Message":"The embedded durable engine has no entities.""", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory, InlineData("nothing"), InlineData("makeprimary"), InlineData("instances/one/dance"), InlineData("orchestrators"), InlineData("")]
    public async Task What_is_no_route_is_not_found(string path) => Assert.Equal(HttpStatusCode.NotFound, (await Post(path, "")).Response.StatusCode);

    private static async Task<JsonNode?> Body(HttpResponseMessage response) =>
        await response.Content.ReadAsStringAsync() is { Length: > 0 } text ? JsonNode.Parse(text) : null;

    private async Task<(HttpResponseMessage Response, JsonNode? Body)> Post(string path, string body, string type = "application/json")
    {
        using var content = new StringContent(body, Encoding.UTF8, type);
        var response = await Http.PostAsync(path, content);
        return (response, await Body(response));
    }
}
