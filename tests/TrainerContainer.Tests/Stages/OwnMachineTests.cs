using System.Net;
using ServerlessTuning.Testing.Azure;
using ServerlessTuning.Trainer.Reporting;
using ServerlessTuning.Trainer.Stages;

namespace ServerlessTuning.TrainerContainer.Tests.Stages;

public sealed class OwnMachineTests
{
    private const string Id = "/subscriptions/s/resourceGroups/trainers/providers/Microsoft.Compute/virtualMachines/tuning-1";
    private StringWriter Said { get; } = new();

    [Fact]
    public async Task It_is_deleted_by_force_as_the_machines_identity()
    {
        var network = new Network(HttpStatusCode.Accepted);

        Assert.True(await Machine(network).Delete());

        var request = Assert.Single(network.Requests);
        Assert.Equal((HttpMethod.Delete, $"https://management.example{Id}?api-version=2024-07-01&forceDeletion=true"), (request.Method, request.RequestUri!.ToString()));
        Assert.Equal("Bearer trainer", request.Headers.Authorization!.ToString());
    }

    [Fact]
    public async Task A_refusal_is_tried_again_a_while_and_said_and_no_token_is()
    {
        var network = new Network(HttpStatusCode.ServiceUnavailable);

        Assert.False(await Machine(network).Delete());

        Assert.Equal(6, network.Requests.Count);
        Assert.Contains("Azure answered 503", Said.ToString());
        Assert.DoesNotContain("Bearer", Said.ToString());
    }

    [Fact]
    public async Task A_machine_that_is_gone_already_is_fine() => Assert.True(await Machine(new Network(HttpStatusCode.NotFound)).Delete());

    private OwnMachine Machine(Network network) => new(new(new Uri("https://management.example/"), Id), new RunLog(Said, TimeProvider.System),
        new FakeCredential(FakeResourceManager.TrainerToken), network)
    { FirstPause = TimeSpan.FromMilliseconds(1) };

    private sealed class Network(HttpStatusCode answer) : HttpMessageHandler
    {
        public List<HttpRequestMessage> Requests { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add(request);
            return Task.FromResult(new HttpResponseMessage(answer));
        }
    }
}
