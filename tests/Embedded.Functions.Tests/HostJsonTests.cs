using System.Net;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker;

namespace ServerlessTuning.Embedded.Functions.Tests;

/// <summary>What settings do to a running host.</summary>
public sealed class HostJsonTests(HostJsonTests.Host host) : IClassFixture<HostJsonTests.Host>
{
    [Fact]
    public async Task Too_many_requests_are_429_and_custom_headers_are_on_every_answer()
    {
        using var enough = new CancellationTokenSource();
        var first = host.Http.GetAsync("api/Dawdle", enough.Token);
        await Task.Delay(300);

        using var second = await host.Http.GetAsync("api/who/ann");

        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        Assert.Equal("DENY", second.Headers.GetValues("X-Frame-Options").Single());
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        for (var i = 0; i < 100 && (await host.Http.GetAsync("api/who/ann")).StatusCode != HttpStatusCode.OK; i++)
        {
            await Task.Delay(50); // the place is free again once the host has seen the caller go
        }

        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("api/who/ann")).StatusCode);
    }

    [Fact]
    public async Task An_origin_of_local_settings_may_call_and_another_may_not()
    {
        var allowed = (await Get("https://app.example")).Headers;
        Assert.Equal(("https://app.example", "true"), (allowed.GetValues("Access-Control-Allow-Origin").Single(), allowed.GetValues("Access-Control-Allow-Credentials").Single()));
        Assert.False((await Get("https://evil.example")).Headers.Contains("Access-Control-Allow-Origin"));

        Task<HttpResponseMessage> Get(string origin) => host.Http.SendAsync(new(HttpMethod.Get, "admin/host/status") { Headers = { { "Origin", origin } } });
    }

    [Fact]
    public async Task A_timer_that_was_missed_runs_once_as_past_due() => await host.Seen.WaitFor(seen => seen == "tick past due: True");

    public sealed class Host : RunningHost
    {
        protected override Dictionary<string, string?> Settings => new()
        {
            ["AzureFunctionsJobHost:extensions:http:maxConcurrentRequests"] = "1",
            ["AzureFunctionsJobHost:extensions:http:maxOutstandingRequests"] = "1",
            ["AzureFunctionsJobHost:extensions:http:customHeaders:X-Frame-Options"] = "DENY",
            ["Embedded:CoreTools:CORS"] = "https://app.example, https://other.example",
            ["Embedded:CoreTools:CORSCredentials"] = "true",
        };

        public override async Task InitializeAsync()
        {
            var missed = new ScheduleStatus { Last = DateTime.UtcNow.AddHours(-2), Next = DateTime.UtcNow.AddHours(-1), LastUpdated = DateTime.UtcNow.AddHours(-2) };
            await File.WriteAllTextAsync(Path.Combine(State, "timer-Tick.json"), JsonSerializer.Serialize(missed));
            await StartAsync();
        }
    }
}
