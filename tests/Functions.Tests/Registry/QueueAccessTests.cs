using Microsoft.Extensions.Configuration;
using ServerlessTuning.Functions.Registry;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Functions.Tests.Registry;

/// <summary>What opens the queue service, for each way in which a host's storage may be named.</summary>
public sealed class QueueAccessTests(Azurite storage) : IClassFixture<Azurite>
{
    [Theory]
    [InlineData("UseDevelopmentStorage=true", "http://127.0.0.1:10001/devstoreaccount1")]
    [InlineData("usedevelopmentstorage=TRUE;", "http://127.0.0.1:10001/devstoreaccount1")]
    [InlineData("UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://azurite.local:8080", "http://azurite.local:10001/devstoreaccount1")]
    [InlineData("AccountName=ann;AccountKey=AA==", "https://ann.queue.core.windows.net/")]
    [InlineData("AccountName=ann;AccountKey=AA==;EndpointSuffix=core.chinacloudapi.cn", "https://ann.queue.core.chinacloudapi.cn/")]
    [InlineData("AccountName=ann;AccountKey=AA==;QueueEndpoint=http://here:1/ann", "http://here:1/ann")]
    public void A_connection_string_names_the_queue_service(string connection, string service) => Assert.Equal(service, Of(connection).Service.ToString());

    [Fact]
    public void A_connection_string_without_a_key_is_refused_with_what_to_write() =>
        Assert.Contains("UseDevelopmentStorage=true", Assert.Throws<InvalidOperationException>(() => Of("UseDevelopmentStorage=false")).Message);

    [Fact]
    public async Task The_emulator_takes_the_signature_of_its_well_known_account()
    {
        using var http = new HttpClient(new OtherPort(storage));

        var report = await new PoisonQueue(http, Settings("UseDevelopmentStorage=true"), TimeProvider.System).PeekAsync(default);

        Assert.Equal(0, report.Count); // a wrong signature is 403, which is an exception
    }

    private static QueueAccess Of(string connection) => QueueAccess.Of(Settings(connection), TimeProvider.System);

    private static IConfiguration Settings(string connection) => new ConfigurationBuilder().AddInMemoryCollection([new("AzureWebJobsStorage", connection)]).Build();

    /// <summary>Takes requests to the emulator's own port to where the tests' emulator listens.</summary>
    private sealed class OtherPort(Azurite storage) : DelegatingHandler(new HttpClientHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.Equal(("127.0.0.1", 10001), (request.RequestUri!.Host, request.RequestUri.Port));
            var queues = storage.ConnectionString.Split(';').Single(part => part.StartsWith("QueueEndpoint=", StringComparison.Ordinal))["QueueEndpoint=".Length..];
            request.RequestUri = new UriBuilder(request.RequestUri) { Port = new Uri(queues).Port }.Uri;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
