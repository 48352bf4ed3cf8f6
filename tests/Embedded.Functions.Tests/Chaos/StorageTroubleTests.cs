namespace ServerlessTuning.Embedded.Functions.Tests.Chaos;

/// <summary>A storage that is slow, or answers 500 and 503 for a while: the host says so once, waits, and loses no blob.</summary>
public sealed class StorageTroubleTests(StorageTroubleTests.Host host) : IClassFixture<StorageTroubleTests.Host>
{
    // Longer than the storage client itself tries again (6 s), so that it is the host that waits.
    private static TimeSpan Trouble => TimeSpan.FromSeconds(LongTests.Wanted ? 180 : 10);

    [Theory]
    [InlineData(500, "a")]
    [InlineData(503, "b")]
    public async Task Errors_for_a_while_delay_blobs_and_lose_none(int status, string folder)
    {
        var random = new Random(status);
        await Drop(folder, 0, 5);
        host.Proxy.Fault = (_, _) => random.Next(10) < 9 ? status : null; // now and then one gets through
        await Drop(folder, 5, 5);
        await Task.Delay(Trouble);
        host.Proxy.Fault = (_, _) => null;
        await Drop(folder, 10, 5);

        await AllSeen(folder, 15);
        Assert.True(host.Proxy.Refused > 0, "nothing was refused: the test has tested nothing");
    }

    /// <summary>The queue alone fails: between a blob's receipt and its message nothing may be lost either, and errors at random seldom hit there.</summary>
    [Fact]
    public async Task Messages_that_the_queue_does_not_take_for_a_while_are_sent_later()
    {
        host.Proxy.Fault = (method, path) => method == "POST" && path.Contains("/messages", StringComparison.Ordinal) ? 503 : null;
        await Drop("queue", 0, 5);
        await Task.Delay(TimeSpan.FromSeconds(30)); // until the storage client has given up, which tries longest to send
        host.Proxy.Fault = (_, _) => null;

        await AllSeen("queue", 5);
        Assert.True(host.Proxy.Refused > 0, "nothing was refused: the test has tested nothing");
    }

    [Fact]
    public async Task A_slow_storage_delays_blobs_and_loses_none()
    {
        host.Proxy.Delay = TimeSpan.FromMilliseconds(300);
        await Drop("slow", 0, 10);
        await AllSeen("slow", 10);
        host.Proxy.Delay = TimeSpan.Zero;
    }

    private async Task Drop(string folder, int from, int count)
    {
        var container = host.Storage.Blobs.GetBlobContainerClient("drops");
        await container.CreateIfNotExistsAsync();
        for (var i = from; i < from + count; i++)
        {
            await container.GetBlobClient($"{folder}/{i}.txt").UploadAsync(new BinaryData("x"));
        }
    }

    private async Task AllSeen(string folder, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var wanted = $"{folder}|{i}|x";
            await host.Seen.WaitFor(seen => seen == wanted, seconds: 60);
        }
    }

    public sealed class Host : FaultyHost
    {
        protected override Dictionary<string, string?> Settings => new(base.Settings) { ["Embedded:BlobVisibility"] = "00:00:05" };
    }
}
