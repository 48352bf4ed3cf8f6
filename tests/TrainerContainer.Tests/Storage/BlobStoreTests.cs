using System.Text;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Storage;

namespace ServerlessTuning.Trainer.Tests.Storage;

/// <summary>The same behaviour of a folder and of a storage account.</summary>
public sealed class BlobStoreTests(Azurite azurite) : IClassFixture<Azurite>
{
    private static readonly byte[] one = "one"u8.ToArray(), two = "two"u8.ToArray(), three = "three"u8.ToArray();
    private static int containers;

    public static TheoryData<string> Kinds => ["folder", "account"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_conditional_write_loses_against_a_change_in_between(string kind)
    {
        var (store, container) = await Open(kind);
        Assert.True(await store.TryReplace(container, "a/latest.json", one, expectedETag: null, default));
        var seen = await store.Read(container, "a/latest.json", default);
        await store.Write(container, "a/latest.json", two, default);

        Assert.False(await store.TryReplace(container, "a/latest.json", three, seen!.ETag, default));
        Assert.False(await store.TryReplace(container, "a/latest.json", three, expectedETag: null, default));

        var now = await store.Read(container, "a/latest.json", default);
        Assert.Equal("two", Encoding.UTF8.GetString(now!.Content.Span));
        Assert.True(await store.TryReplace(container, "a/latest.json", three, now.ETag, default));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_not_there_is_null_and_deleting_it_does_nothing(string kind)
    {
        var (store, container) = await Open(kind);

        Assert.Null(await store.Read(container, "nothing", default));
        Assert.Null(await store.Find(container, "nothing", default));
        Assert.Empty(await store.List("no-such-container", "", default));
        await store.Delete(container, "nothing", default);
        await Assert.ThrowsAsync<FileNotFoundException>(() => store.Download(container, "nothing", Path.Combine(Repository.NewFolder(), "x"), default));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_folder_goes_up_is_listed_in_order_comes_down_and_is_deleted(string kind)
    {
        var (store, container) = await Open(kind);
        var folder = Repository.NewFolder();
        Directory.CreateDirectory(Path.Combine(folder, "sub"));
        await File.WriteAllBytesAsync(Path.Combine(folder, "sub", "b"), two);
        await File.WriteAllBytesAsync(Path.Combine(folder, "a"), one);

        await store.UploadFolder(container, "run/x/", folder, default);
        await store.Write(container, "run/xy", three, default);
        var listed = await store.List(container, "run/x/", default);
        var copy = Path.Combine(folder, "copy", "b");
        await store.Download(container, "run/x/sub/b", copy, default);

        Assert.Equal(["run/x/a", "run/x/sub/b"], listed.Select(blob => blob.Name));
        Assert.Equal([3L, 3L], listed.Select(blob => blob.Bytes));
        Assert.All(listed, blob => Assert.InRange(blob.AsOf - blob.LastModified, TimeSpan.FromSeconds(-2), TimeSpan.FromMinutes(1)));
        Assert.Equal(listed[1].ETag, (await store.Find(container, "run/x/sub/b", default))!.ETag);
        Assert.Equal(two, await File.ReadAllBytesAsync(copy));
        await store.DeleteFolder(container, "run/x/", default);
        Assert.Equal(["run/xy"], (await store.List(container, "run/", default)).Select(blob => blob.Name));
    }

    [Fact]
    public async Task An_outage_is_sat_out_and_said_once_at_either_end()
    {
        var said = new List<string>();
        var store = new PatientBlobs(new FailingOnce(new FolderBlobs(Repository.NewFolder(), TimeProvider.System)), TimeProvider.System, said.Add);

        await store.Write("runs", "a", one, default);

        Assert.Collection(said, first => Assert.Contains("does not answer", first, StringComparison.Ordinal), last => Assert.Contains("answers again", last, StringComparison.Ordinal));
        Assert.NotNull(await store.Read("runs", "a", default));
    }

    [Fact]
    public async Task A_conditional_write_that_got_through_although_its_answer_was_lost_counts_as_done()
    {
        var store = new PatientBlobs(new FailingOnce(new FolderBlobs(Repository.NewFolder(), TimeProvider.System), afterwards: true), TimeProvider.System, _ => { });

        Assert.True(await store.TryReplace("runs", "latest.json", one, expectedETag: null, default));
    }

    [Theory]
    [InlineData("ftp://somewhere")]
    [InlineData("nonsense")]
    public void A_setting_that_names_no_storage_is_refused_by_its_name(string setting)
    {
        var error = Assert.Throws<SettingException>(() => BlobStores.Open(setting, TimeProvider.System, _ => { }));

        Assert.Contains("Tuning__Storage", error.Message, StringComparison.Ordinal);
        Assert.Contains("file:///folder", error.Message, StringComparison.Ordinal);
    }

    private async Task<(IBlobStore Store, string Container)> Open(string kind)
    {
        var container = $"tests{Interlocked.Increment(ref containers)}";
        if (kind == "folder")
        {
            return (BlobStores.Open($"file://{Repository.NewFolder()}", TimeProvider.System, _ => { }), container);
        }

        await azurite.Blobs.CreateBlobContainerAsync(container);
        return (BlobStores.Open(azurite.ConnectionString, TimeProvider.System, _ => { }), container);
    }

    /// <summary>A storage whose first write fails as an outage does, before or after it was done.</summary>
    private sealed class FailingOnce(IBlobStore inner, bool afterwards = false) : IBlobStore
    {
        private bool failed;

        public Task<BlobDocument?> Read(string container, string name, CancellationToken cancellation) => inner.Read(container, name, cancellation);

        public Task<BlobFacts?> Find(string container, string name, CancellationToken cancellation) => inner.Find(container, name, cancellation);

        public Task<IReadOnlyList<BlobFacts>> List(string container, string prefix, CancellationToken cancellation) => inner.List(container, prefix, cancellation);

        public Task Write(string container, string name, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
            Once(async () => { await inner.Write(container, name, content, cancellation); return true; });

        public Task<bool> TryReplace(string container, string name, ReadOnlyMemory<byte> content, string? expectedETag, CancellationToken cancellation) =>
            Once(() => inner.TryReplace(container, name, content, expectedETag, cancellation));

        public Task Upload(string container, string name, string file, CancellationToken cancellation) => inner.Upload(container, name, file, cancellation);

        public Task Download(string container, string name, string file, CancellationToken cancellation) => inner.Download(container, name, file, cancellation);

        public Task Delete(string container, string name, CancellationToken cancellation) => inner.Delete(container, name, cancellation);

        private async Task<T> Once<T>(Func<Task<T>> call)
        {
            var fails = !failed;
            failed = true;
            var answer = fails && !afterwards ? default! : await call();
            return fails ? throw new Azure.RequestFailedException(503, "The server is busy.") : answer;
        }
    }
}
