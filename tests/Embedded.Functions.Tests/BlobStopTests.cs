using Azure.Storage.Queues;

namespace ServerlessTuning.Embedded.Functions.Tests;

public sealed class BlobStopTests(RunningHost host) : IClassFixture<RunningHost>
{
    [Fact]
    public async Task A_blob_under_way_at_a_stop_is_had_at_once_by_the_next_host()
    {
        var slow = host.Storage.Blobs.GetBlobContainerClient("slow");
        await slow.CreateIfNotExistsAsync();
        await slow.GetBlobClient("interrupted").UploadAsync(new BinaryData("8000"));
        await host.Seen.WaitFor(seen => seen == "slow interrupted begins");

        await host.StopAsync();
        Assert.DoesNotContain("slow interrupted ends", host.Seen.Events);
        await host.StartAsync(); // the message would be hidden for a minute, had it not been released

        await host.Seen.WaitFor(seen => seen == "slow interrupted ends");
        Assert.Equal(2, host.Seen.Events.Count(seen => seen == "slow interrupted begins"));
    }

    [Fact]
    public async Task What_is_no_message_of_a_blob_trigger_becomes_poison_and_blocks_nobody()
    {
        var options = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 };
        var queues = new QueueServiceClient(host.Storage.ConnectionString, options);
        await queues.GetQueueClient(await OfTheHost(queues)).SendMessageAsync("not even JSON");

        for (var i = 0; i < 200; i++)
        {
            var poison = queues.GetQueueClient("webjobs-blobtrigger-poison");
            if (await poison.ExistsAsync() && (await poison.PeekMessagesAsync(32)).Value.Any(message => message.Body.ToString() == "not even JSON"))
            {
                return;
            }

            await Task.Delay(50);
        }

        Assert.Fail("The message is not in webjobs-blobtrigger-poison.");
    }

    /// <summary>The host makes it while it starts.</summary>
    private static async Task<string> OfTheHost(QueueServiceClient queues)
    {
        for (var i = 0; i < 200; i++)
        {
            if (queues.GetQueues().Select(queue => queue.Name).FirstOrDefault(name => name.StartsWith("azure-webjobs-blobtrigger", StringComparison.Ordinal)) is { } name)
            {
                return name;
            }

            await Task.Delay(50);
        }

        throw new TimeoutException("The host has made no queue.");
    }
}
