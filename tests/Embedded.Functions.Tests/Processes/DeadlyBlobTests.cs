using Azure.Storage.Queues;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Embedded.Functions.Tests.Processes;

/// <summary>A blob over which its function kills the whole host must not kill every host to come.</summary>
public sealed class DeadlyBlobTests(Azurite storage) : IClassFixture<Azurite>
{
    private const int Tries = 2;
    private readonly string state = Repository.NewFolder();

    [Fact]
    public async Task A_blob_that_kills_the_host_as_often_as_it_may_be_tried_becomes_poison()
    {
        var container = storage.Blobs.GetBlobContainerClient("deadly");
        await container.CreateIfNotExistsAsync();
        await container.GetBlobClient("first").UploadAsync(new BinaryData("kill"));
        for (var death = 1; death <= Tries; death++)
        {
            await using var host = Host();
            Assert.Equal(137, await host.Ended());
            Assert.Equal(death, (await Deaths()).Length);
        }

        await using var survivor = Host();
        await container.GetBlobClient("second").UploadAsync(new BinaryData("live"));
        await Until(async () => (await Deaths()).Contains("second"));
        await Until(async () => (await Poison()).Any(message => message.Contains("\"BlobName\":\"first\"", StringComparison.Ordinal)));

        Assert.Equal(["first", "first", "second"], await Deaths());
        Assert.Contains("it was delivered more often than it may be tried", survivor.Output);
        Assert.Equal(0, await survivor.Terminate());
        Directory.Delete(state, recursive: true);
    }

    private HostProcess Host() => new(state, ["--port", $"{HostProcess.FreePort()}"], new()
    {
        ["AzureWebJobsStorage"] = storage.ConnectionString,
        ["AzureWebJobs__Deadly__Disabled"] = "false",
        ["AzureFunctionsJobHost__extensions__blobs__poisonBlobThreshold"] = $"{Tries}",
        ["Embedded__BlobVisibility"] = "00:00:02",
    });

    private Task<string[]> Deaths() => File.Exists(Path.Combine(state, "deaths.txt")) ? File.ReadAllLinesAsync(Path.Combine(state, "deaths.txt")) : Task.FromResult<string[]>([]);

    private async Task<IEnumerable<string>> Poison()
    {
        var queue = new QueueClient(storage.ConnectionString, "webjobs-blobtrigger-poison", new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
        return await queue.ExistsAsync() ? (await queue.PeekMessagesAsync(32)).Value.Select(message => message.Body.ToString()) : [];
    }

    private static async Task Until(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 300; i++)
        {
            if (await holds())
            {
                return;
            }

            await Task.Delay(100);
        }

        Assert.Fail("not within 30 seconds");
    }
}
