using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace ServerlessTuning.Embedded.Functions.Tests;

/// <summary>What blob triggers do when things are not as they should be, and the forms in which a function takes a blob.</summary>
public sealed class BlobTests(BlobTests.Host host) : IClassFixture<BlobTests.Host>
{
    [Fact]
    public async Task A_blob_comes_as_stream_bytes_or_client()
    {
        var forms = await Container("forms");
        await forms.GetBlobClient("one.stream").UploadAsync(new BinaryData("text"));
        await forms.GetBlobClient("two.bytes").UploadAsync(new BinaryData(new byte[] { 1, 255 }));
        await forms.GetBlobClient("three.client").UploadAsync(new BinaryData("text"), new BlobUploadOptions { Metadata = new Dictionary<string, string> { ["author"] = "ann" } });

        await host.Seen.WaitFor(seen => seen == "stream one text forms/one.stream");
        await host.Seen.WaitFor(seen => seen == "bytes two 01FF forms/two.bytes True");
        await host.Seen.WaitFor(seen => seen == "client three text ann");
    }

    [Fact]
    public async Task A_blob_that_storage_refuses_for_good_stalls_neither_its_own_trigger_nor_others()
    {
        host.Proxy.Fault = (method, path) => method == "PUT" && path.Contains("blobreceipts", StringComparison.Ordinal) && path.Contains("cursed", StringComparison.Ordinal) ? 400 : null;
        var drops = await Container("drops");
        await drops.GetBlobClient("a/cursed.txt").UploadAsync(new BinaryData("no"), overwrite: true);
        await Task.Delay(1500); // the scan has met it

        await drops.GetBlobClient("b/fine.txt").UploadAsync(new BinaryData("same trigger"), overwrite: true);
        await (await Container("forms")).GetBlobClient("other.bytes").UploadAsync(new BinaryData(new byte[] { 7 }), overwrite: true);

        await host.Seen.WaitFor(seen => seen == "b|fine|same trigger");
        await host.Seen.WaitFor(seen => seen.StartsWith("bytes other 07", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Seen.Events, seen => seen.Contains("cursed", StringComparison.Ordinal));

        host.Proxy.Fault = (_, _) => null;
        await drops.GetBlobClient("a/cursed.txt").UploadAsync(new BinaryData("changed"), overwrite: true);
        await host.Seen.WaitFor(seen => seen == "a|cursed|changed");
    }

    [Fact]
    public async Task A_blob_whose_function_outlasts_the_messages_invisibility_runs_once()
    {
        await (await Container("slow")).GetBlobClient("long").UploadAsync(new BinaryData("5000"), overwrite: true); // invisible for 2 seconds at a time

        await host.Seen.WaitFor(seen => seen == "slow long ends");
        Assert.Single(host.Seen.Events, seen => seen == "slow long begins");
    }

    [Fact]
    public async Task No_more_blobs_are_handled_at_once_than_host_json_allows()
    {
        var slow = await Container("slow");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => slow.GetBlobClient($"many{i}").UploadAsync(new BinaryData("300"), overwrite: true)));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => host.Seen.WaitFor(seen => seen == $"slow many{i} ends")));

        Assert.Contains("slow at once 3", host.Seen.Events);
        Assert.DoesNotContain("slow at once 4", host.Seen.Events);
    }

    private async Task<BlobContainerClient> Container(string name)
    {
        var container = host.Storage.Blobs.GetBlobContainerClient(name);
        await container.CreateIfNotExistsAsync();
        return container;
    }

    /// <summary>Three blobs at once, messages hidden for two seconds, and a storage that fails as told.</summary>
    public sealed class Host : FaultyHost
    {
        protected override Dictionary<string, string?> Settings => new(base.Settings)
        {
            ["Embedded:BlobVisibility"] = "00:00:02",
            ["AzureFunctionsJobHost:extensions:blobs:maxDegreeOfParallelism"] = "3",
        };
    }
}
