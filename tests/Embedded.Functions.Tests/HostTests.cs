using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;

namespace ServerlessTuning.Embedded.Functions.Tests;

public sealed class HostTests(RunningHost host) : IClassFixture<RunningHost>
{
    // No host.json lies beside the tests, so the route prefix is the platform's default.

    [Fact]
    public async Task A_route_value_and_a_query_value_are_bound_and_an_action_result_becomes_json()
    {
        var answer = await host.Http.GetFromJsonAsync<JsonObject>("api/greet/ann?times=3");

        Assert.Equal("""{"hello":"ann","times":3}""", answer!.ToJsonString());
    }

    [Theory]
    [InlineData("POST", "api/greet/ann", HttpStatusCode.NotFound)] // a wrong method is 404 on the host, not 405
    [InlineData("GET", "api/nothing", HttpStatusCode.NotFound)]
    [InlineData("GET", "greet/ann", HttpStatusCode.NotFound)]
    [InlineData("GET", "api/greet/ann?times=often", HttpStatusCode.BadRequest)]
    [InlineData("POST", "api/things/7", HttpStatusCode.Accepted)]
    [InlineData("POST", "api/things/seven", HttpStatusCode.NotFound)] // the route's constraint
    [InlineData("GET", "api/break", HttpStatusCode.InternalServerError)]
    [InlineData("GET", "api/misread", HttpStatusCode.InternalServerError)] // a FormatException of the app's own code is the app's fault
    [InlineData("GET", "admin/host/status", HttpStatusCode.OK)]
    public async Task Requests_get_the_codes_of_the_real_host(string method, string path, HttpStatusCode expected)
    {
        using var answer = await host.Http.SendAsync(new(new(method), path));

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task An_orchestration_started_by_a_function_runs_its_activity_and_shows_in_the_management_api()
    {
        var id = await (await host.Http.PostAsync("api/StartTwice", null)).Content.ReadAsStringAsync();

        JsonObject? state = null;
        for (var i = 0; i < 100 && state?["runtimeStatus"]?.GetValue<string>() != "Completed"; i++)
        {
            await Task.Delay(50);
            state = await host.Http.GetFromJsonAsync<JsonObject>($"runtime/webhooks/durabletask/instances/{id}");
        }

        Assert.Equal(42, state!["output"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_blob_runs_its_function_with_the_pieces_of_its_path_and_again_when_it_is_replaced()
    {
        var container = await Container();

        await container.GetBlobClient("a/b/one.txt").UploadAsync(new BinaryData("first"));
        await host.Seen.WaitFor(seen => seen == "a/b|one|first");
        await container.GetBlobClient("a/b/one.txt").UploadAsync(new BinaryData("second"), overwrite: true);

        await host.Seen.WaitFor(seen => seen == "a/b|one|second");
        Assert.Single(host.Seen.Events, seen => seen == "a/b|one|first");
    }

    [Fact]
    public async Task A_blob_that_keeps_failing_is_tried_five_times_and_becomes_poison()
    {
        host.Seen.Failing = "bad";
        var container = await Container();

        await container.GetBlobClient("x/bad.txt").UploadAsync(new BinaryData("boom"));

        var message = await PoisonMessage();
        Assert.Equal("x/bad.txt", message["BlobName"]!.GetValue<string>());
        Assert.Equal(5, host.Seen.Events.Count(seen => seen == "x|bad|boom"));
    }

    [Fact]
    public async Task A_timer_ticks_and_a_disabled_function_does_not()
    {
        await host.Seen.WaitFor(seen => seen == "tick past due: False");
        await Task.Delay(1200);

        Assert.DoesNotContain(host.Seen.Events, seen => seen.StartsWith("never", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_storage_outage_is_waited_for_and_nothing_is_lost()
    {
        var container = await Container();
        await container.GetBlobClient("out/before.txt").UploadAsync(new BinaryData("1"));
        await host.Seen.WaitFor(seen => seen == "out|before|1");

        host.Storage.Restart();
        await container.GetBlobClient("out/after.txt").UploadAsync(new BinaryData("2"));

        await host.Seen.WaitFor(seen => seen == "out|after|2");
    }

    private async Task<BlobContainerClient> Container()
    {
        var container = host.Storage.Blobs.GetBlobContainerClient("drops");
        await container.CreateIfNotExistsAsync();
        return container;
    }

    private async Task<JsonObject> PoisonMessage()
    {
        var queue = new Azure.Storage.Queues.QueueClient(host.Storage.ConnectionString, "webjobs-blobtrigger-poison",
            new Azure.Storage.Queues.QueueClientOptions { MessageEncoding = Azure.Storage.Queues.QueueMessageEncoding.Base64 });
        for (var i = 0; i < 200; i++)
        {
            if (await queue.ExistsAsync() && (await queue.PeekMessagesAsync(1)).Value is [var message])
            {
                return JsonNode.Parse(message.Body.ToString())!.AsObject();
            }

            await Task.Delay(50);
        }

        throw new TimeoutException("No message in webjobs-blobtrigger-poison.");
    }
}
