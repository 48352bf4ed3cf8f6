using System.Security.Cryptography;
using Azure.Storage.Blobs;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Activities;
using ServerlessTuning.Functions.Options;
using ServerlessTuning.Functions.Registry;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Functions.Tests.Activities;

public sealed class FreezeRequestTests : IClassFixture<Azurite>, IAsyncLifetime
{
    private readonly BlobServiceClient blobs;
    private readonly RunStore runs;
    private readonly string dataset = $"d{RandomNumberGenerator.GetHexString(8, lowercase: true)}";

    public FreezeRequestTests(Azurite storage)
    {
        blobs = storage.Blobs;
        runs = new(blobs, TimeProvider.System);
    }

    public async Task InitializeAsync()
    {
        await blobs.GetBlobContainerClient(BlobPaths.Datasets).CreateIfNotExistsAsync();
        await blobs.GetBlobContainerClient(BlobPaths.Runs).CreateIfNotExistsAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Files_and_request_are_fixed_with_nothing_implied()
    {
        await Drop("train.jsonl", "{}");
        await Drop("test.jsonl", "{}");
        await Drop("README.md", "notes");
        await Drop("tuning.json", """{ "seed": 7 }""");

        var frozen = await Freeze("one");

        Assert.Equal(("tiny", dataset), (frozen.Base, frozen.Model));
        var written = await runs.ReadAsync<FrozenRequest>(BlobPaths.Request($"{dataset}-one"), default);
        Assert.Equal((dataset, "tiny", dataset, 7), (written.Request.Dataset, written.Request.Base, written.Request.Model, written.Request.Seed));
        Assert.Equal([DatasetSplit.Test, DatasetSplit.Train], written.Files.Select(file => file.Split));
        Assert.All(written.Files, file => Assert.NotEmpty(file.ETag));
    }

    [Fact]
    public async Task What_was_frozen_stays_although_the_folder_changes()
    {
        await Drop("train.jsonl", "{}");
        await Freeze("one");
        var before = await runs.ReadAsync<FrozenRequest>(BlobPaths.Request($"{dataset}-one"), default);

        await Drop("train.jsonl", "{ }");
        await Freeze("one");

        Assert.Equal(before.Files, (await runs.ReadAsync<FrozenRequest>(BlobPaths.Request($"{dataset}-one"), default)).Files);
    }

    [Fact]
    public async Task Two_triggers_that_freeze_the_same_files_are_one_run()
    {
        await Drop("train.jsonl", "{}");

        var frozen = await Task.WhenAll(Freeze("one"), Freeze("two"), Freeze("three"));

        var winner = Assert.Single(frozen, result => result.SameAs is null);
        Assert.Single(frozen.Where(result => result != winner).Select(result => result.SameAs).Distinct());
        Assert.Null((await Freeze(frozen[0] == winner ? "one" : frozen[1] == winner ? "two" : "three")).SameAs); // the winner's second attempt is still the winner
    }

    [Fact]
    public async Task A_changed_file_is_another_run()
    {
        await Drop("train.jsonl", "{}");
        await Freeze("one");
        await Drop("train.jsonl", "{ }");

        Assert.Null((await Freeze("two")).SameAs);
    }

    [Fact]
    public async Task A_bad_tuning_file_and_a_missing_training_file_are_named_together()
    {
        await Drop("tuning.json", """{ "sede": 7 }""");

        var problems = (await Freeze("one")).Problems;

        Assert.Equal(2, problems.Count);
        Assert.Equal(($"{dataset}/tuning.json", "sede"), (problems[0].File, problems[0].Field));
        Assert.Contains($"Upload one to datasets/{dataset}/", problems[1].Fix);
    }

    [Fact]
    public async Task Without_any_base_the_setting_is_named()
    {
        await Drop("train.jsonl", "{}");

        var problem = Assert.Single((await Freeze("one", defaultBase: null)).Problems);

        Assert.Equal("base", problem.Field);
        Assert.Contains("Tuning:DefaultBase", problem.Fix);
    }

    private Task<Frozen> Freeze(string run, string? defaultBase = "tiny")
    {
        var settings = Microsoft.Extensions.Options.Options.Create(new TuningOptions { DefaultBase = defaultBase });
        return new FreezeRequest(runs, new DatasetFolders(blobs, TimeProvider.System), settings).Run(new($"{dataset}-{run}", dataset, IsPosted: false), default);
    }

    private async Task Drop(string file, string text) =>
        await blobs.GetBlobContainerClient(BlobPaths.Datasets).GetBlobClient($"{dataset}/{file}").UploadAsync(BinaryData.FromString(text), overwrite: true);
}
