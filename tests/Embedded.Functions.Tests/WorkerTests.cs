using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ServerlessTuning.Embedded.Functions.Tests;

/// <summary>What the isolated worker gives to functions: context, middleware, bodies, the durable client's answers, telemetry.</summary>
public sealed class WorkerTests(WorkerTests.Host host) : IClassFixture<WorkerTests.Host>
{
    [Fact]
    public async Task A_function_is_told_of_its_invocation_and_middleware_runs_around_it()
    {
        var answer = (await host.Http.GetFromJsonAsync<JsonObject>("api/who/ann"))!;

        Assert.Equal("""{"function":"WhoAmI","trigger":"httpTrigger","bound":"ann","marked":"outer,inner","same":true}""",
            new JsonObject(answer.Where(pair => pair.Key != "invocationId").Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))).ToJsonString());
        Assert.True(Guid.TryParse((string?)answer["invocationId"], out _));
        Assert.Contains($"after WhoAmI {answer["invocationId"]}", host.Seen.Events);
    }

    [Fact]
    public async Task Middleware_runs_around_activities_and_orchestrators_too()
    {
        await (await host.Http.PostAsync("api/StartAndWait", null)).Content.ReadAsStringAsync();

        await host.Seen.WaitFor(seen => seen.StartsWith("after Double", StringComparison.Ordinal));
        await host.Seen.WaitFor(seen => seen.StartsWith("after Twice", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{ "dish": "soup", "count": 2 }""", HttpStatusCode.OK, """{"dish":"soup","count":2}""")]
    [InlineData("""{ "dish": "soup", "count": "two" }""", HttpStatusCode.BadRequest, "order: the body is not the JSON of Order")]
    [InlineData("{", HttpStatusCode.BadRequest, "order: the body is not the JSON of Order")]
    [InlineData("", HttpStatusCode.BadRequest, "order: the body is empty; expected JSON for Order.")]
    public async Task A_body_is_bound_or_refused_with_words(string body, HttpStatusCode expected, string words)
    {
        using var answer = await host.Http.PostAsync("api/Order", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal(expected, answer.StatusCode);
        Assert.StartsWith(words, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_check_status_answer_is_the_workers_with_all_its_quirks()
    {
        using var answer = await host.Http.PostAsync("api/StartAndPoint", null);
        var text = await answer.Content.ReadAsStringAsync();
        var body = JsonNode.Parse(text)!.AsObject();

        var instance = $"{host.Http.BaseAddress}runtime/webhooks/durabletask/instances/a%20b";
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal((instance, "application/json", null), (answer.Headers.Location!.AbsoluteUri, answer.Content.Headers.ContentType!.ToString(), answer.Headers.RetryAfter));
        Assert.Equal(
            ["Id", "StatusQueryGetUri", "SendEventPostUri", "TerminatePostUri", "RewindPostUri", "PurgeHistoryDeleteUri", "RestartPostUri", "SuspendPostUri", "ResumePostUri"],
            body.Select(pair => pair.Key));
        Assert.Equal($"{instance}/terminate?reason={{{{text}}}}", (string?)body["TerminatePostUri"]);
        Assert.Equal($"{instance}/raiseEvent/{{eventName}}", (string?)body["SendEventPostUri"]);
        Assert.Null(body["RewindPostUri"]);
    }

    [Fact]
    public async Task The_links_start_with_what_a_proxy_says_the_caller_sees()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/StartAndPoint") { Headers = { { "X-Forwarded-Host", "tuning.example" }, { "X-Forwarded-Proto", "https" } } };
        for (var i = 0; i < 50 && (await host.Http.GetAsync("runtime/webhooks/durabletask/instances/a%20b")).StatusCode == HttpStatusCode.Accepted; i++)
        {
            await Task.Delay(20); // the other test's instance of that id
        }

        using var answer = await host.Http.SendAsync(request);

        Assert.StartsWith("https://tuning.example/runtime/webhooks/durabletask/instances/", answer.Headers.Location!.AbsoluteUri);
    }

    [Fact]
    public async Task A_waiting_answer_holds_the_ended_instance()
    {
        using var answer = await host.Http.PostAsync("api/StartAndWait", null);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();

        Assert.Equal(["Name", "InstanceId", "CreatedAt", "LastUpdatedAt", "RuntimeStatus", "SerializedInput", "SerializedOutput", "SerializedCustomStatus"], body.Select(pair => pair.Key));
        Assert.Equal(("Completed", "42"), ((string?)body["RuntimeStatus"], (string?)body["SerializedOutput"]));
    }

    [Fact]
    public async Task A_function_that_outlasts_functionTimeout_fails()
    {
        using var answer = await host.Http.GetAsync("api/Dawdle");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Contains(host.Log.Lines, line => line.Contains("Timeout value of 00:00:02 was exceeded by function: Dawdle", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_line_of_log_carries_the_invocations_id()
    {
        var id = (string?)(await host.Http.GetFromJsonAsync<JsonObject>("api/who/bob"))!["invocationId"];

        Assert.Contains(host.Log.Lines, line => line.Contains("asked who bob is", StringComparison.Ordinal) && line.Contains($"AzureFunctions_InvocationId={id}", StringComparison.Ordinal));
        Assert.Contains(host.Log.Lines, line => line.Contains($"Executed 'WhoAmI' (Succeeded, Id={id}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_invocation_is_a_span_and_is_counted()
    {
        var (spans, counts) = (new ConcurrentQueue<Activity>(), new ConcurrentQueue<string>());
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.Azure.Functions.Worker",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var meters = new MeterListener { InstrumentPublished = (instrument, self) => self.EnableMeasurementEvents(instrument) };
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => counts.Enqueue($"{instrument.Name} {tags[0].Value} {value}"));
        meters.Start();

        await host.Http.GetAsync("api/break");

        var span = Assert.Single(spans, span => span.DisplayName == "function Break");
        Assert.Equal((ActivityStatusCode.Error, "httpTrigger"), (span.Status, span.GetTagItem("faas.trigger")));
        Assert.Contains("faas.errors Break 1", counts);
    }

    /// <summary>Two middlewares, a time limit of two seconds, and a log that can be read.</summary>
    public sealed class Host : RunningHost
    {
        public LineLog Log { get; } = new();

        protected override Dictionary<string, string?> Settings => new() { ["AzureFunctionsJobHost:functionTimeout"] = "00:00:02" };

        protected override void Configure(WebApplicationBuilder builder)
        {
            builder.Logging.AddProvider(Log);
            var app = new FunctionsApplicationBuilder(builder);
            app.UseMiddleware<Outer>();
            app.UseWhen<Never>(_ => false);
            app.UseMiddleware((context, next) =>
            {
                context.Items["mark"] = $"{context.Items["mark"]},inner";
                return next();
            });
        }
    }

    private sealed class Outer(Seen seen) : IFunctionsWorkerMiddleware
    {
        public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            context.Items["mark"] = "outer";
            await next(context);
            seen.Events.Enqueue($"after {context.FunctionDefinition.Name} {context.InvocationId}");
        }
    }

    private sealed class Never : IFunctionsWorkerMiddleware
    {
        public Task Invoke(FunctionContext context, FunctionExecutionDelegate next) => throw new InvalidOperationException("its condition does not hold");
    }
}
