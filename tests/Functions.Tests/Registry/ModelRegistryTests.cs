using System.Security.Cryptography;
using Azure.Storage.Blobs;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Activities;
using ServerlessTuning.Functions.Registry;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Functions.Tests.Registry;

public sealed class ModelRegistryTests : IClassFixture<Azurite>, IAsyncLifetime
{
    private static readonly byte[] Adapter = RandomNumberGenerator.GetBytes(100_000);
    private readonly BlobServiceClient blobs;
    private readonly ModelRegistry registry;
    private readonly string model = $"m{RandomNumberGenerator.GetHexString(8, lowercase: true)}";

    public ModelRegistryTests(Azurite storage)
    {
        blobs = storage.Blobs;
        registry = new(blobs, new RunStore(blobs, TimeProvider.System), TimeProvider.System);
    }

    public async Task InitializeAsync()
    {
        await Models.CreateIfNotExistsAsync();
        await Runs.CreateIfNotExistsAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_version_holds_every_artifact_with_its_sum_and_latest_points_at_it()
    {
        var run = await TrainedRun("a");

        var version = await registry.PublishAsync(run, model, "tiny", default);

        var manifest = await Read<Manifest>(BlobPaths.Manifest(model, 1));
        Assert.Equal((1, run, "tiny"), (version, manifest.RunId, manifest.Base));
        Assert.Equal(["README.md", "adapter/adapter_model.safetensors"], manifest.Files.Select(file => file.Path).Order(StringComparer.Ordinal));
        var adapter = manifest.Files.Single(file => file.Path == "adapter/adapter_model.safetensors");
        Assert.Equal((100_000, Convert.ToHexStringLower(SHA256.HashData(Adapter))), (adapter.Bytes, adapter.Sha256));
        Assert.Equal(Adapter, (await Models.GetBlobClient($"{model}/versions/1/adapter/adapter_model.safetensors").DownloadContentAsync()).Value.Content.ToArray());
        Assert.Equal(1, (await Read<ModelAlias>(BlobPaths.Alias(model, "latest"))).Version);
    }

    [Fact]
    public async Task The_same_run_published_twice_one_after_the_other_or_at_once_is_one_version()
    {
        var run = await TrainedRun("b");

        var versions = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => registry.PublishAsync(run, model, "tiny", default)));
        var again = await registry.PublishAsync(run, model, "tiny", default);

        Assert.All(versions, version => Assert.Equal(again, version));
        Assert.Single(await Names(BlobPaths.Versions(model), "manifest.json"));
    }

    [Fact]
    public async Task A_publication_that_was_killed_after_its_claim_goes_on_with_that_number()
    {
        var run = await TrainedRun("c");
        await Models.GetBlobClient(BlobPaths.Claim(model, 1)).UploadAsync(BinaryData.FromString("{}"), new Azure.Storage.Blobs.Models.BlobUploadOptions { Metadata = new Dictionary<string, string> { ["run"] = run } });

        Assert.Equal(1, await registry.PublishAsync(run, model, "tiny", default));
    }

    [Fact]
    public async Task Two_runs_at_once_get_two_versions_and_latest_is_the_higher_one()
    {
        var runs = new[] { await TrainedRun("d"), await TrainedRun("e"), await TrainedRun("f") };

        var versions = await Task.WhenAll(runs.Select(run => registry.PublishAsync(run, model, "tiny", default)));

        Assert.Equal([1, 2, 3], versions.Order());
        Assert.Equal(3, (await Read<ModelAlias>(BlobPaths.Alias(model, "latest"))).Version);
    }

    [Fact]
    public async Task An_alias_moves_forward_only_however_many_move_it_at_once()
    {
        await Task.WhenAll(new[] { 3, 1, 5, 2, 4 }.Select(version => registry.MoveForwardAsync(model, "latest", version, default)));
        await registry.MoveForwardAsync(model, "latest", 2, default);

        Assert.Equal(5, (await Read<ModelAlias>(BlobPaths.Alias(model, "latest"))).Version);
    }

    [Fact]
    public async Task A_run_whose_base_was_changed_meanwhile_is_not_published()
    {
        var (store, bases) = (new RunStore(blobs, TimeProvider.System), new BaseModels(blobs));
        var run = await TrainedRun("g");
        await Models.GetBlobClient(BlobPaths.Base(model) + "config.json").UploadAsync(BinaryData.FromString("{}"));
        var before = new BaseFacts(model, await bases.FingerprintAsync(model, default), 1, 1, true, []);
        await store.WriteAsync(BlobPaths.Plan(run), new { @base = model, model }, default);
        await Models.GetBlobClient(BlobPaths.Base(model) + "config.json").UploadAsync(BinaryData.FromString("{ }"), overwrite: true);

        var published = await new PublishModel(store, registry, bases).Run(new(run, before), default);

        Assert.Null(published.Version);
        Assert.Contains("was changed while the run trained", published.Objection);
    }

    [Fact]
    public async Task A_run_without_artifacts_says_what_is_missing()
    {
        var failure = await Assert.ThrowsAsync<NothingToPublishException>(() => registry.PublishAsync($"{model}-empty", model, "tiny", default));

        Assert.Contains($"{model}-empty/artifacts/", failure.Message);
    }

    private BlobContainerClient Models => blobs.GetBlobContainerClient(BlobPaths.Models);

    private BlobContainerClient Runs => blobs.GetBlobContainerClient(BlobPaths.Runs);

    private async Task<string> TrainedRun(string name)
    {
        var run = $"{model}-{name}";
        await Runs.GetBlobClient($"{BlobPaths.Artifacts(run)}adapter/adapter_model.safetensors").UploadAsync(new BinaryData(Adapter));
        await Runs.GetBlobClient($"{BlobPaths.Artifacts(run)}README.md").UploadAsync(BinaryData.FromString("# A model"));
        return run;
    }

    private async Task<T> Read<T>(string name) => (await Models.GetBlobClient(name).DownloadContentAsync()).Value.Content.ToObjectFromJson<T>(TuningJson.Options)!;

    private async Task<List<string>> Names(string prefix, string ending)
    {
        List<string> names = [];
        await foreach (var blob in Models.GetBlobsAsync(prefix: prefix))
        {
            names.Add(blob.Name);
        }

        return [.. names.Where(name => name.EndsWith(ending, StringComparison.Ordinal))];
    }
}
