using System.Buffers.Binary;
using System.Security.Cryptography;
using Azure.Storage.Blobs;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Registry;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Functions.Tests.Registry;

public sealed class BaseModelsTests(Azurite storage) : IClassFixture<Azurite>
{
    private readonly BlobServiceClient blobs = storage.Blobs;
    private readonly string name = $"b{RandomNumberGenerator.GetHexString(8, lowercase: true)}";

    [Fact]
    public async Task A_good_base_gives_its_size_and_its_layers()
    {
        await Upload(_ => { });

        var inspected = await Inspect();

        Assert.Empty(inspected.Problems);
        Assert.Equal((256, true), (inspected.Facts!.MaxPositions, inspected.Facts.HasWeights));
        Assert.InRange(inspected.Facts.Parameters, 20_000, 60_000);
        Assert.Contains("q_proj", inspected.Facts.LinearLayers);
    }

    [Fact]
    public async Task A_missing_base_is_said_to_be_missing() => await Refused("no files", "Upload the model's folder", folder => Empty(folder));

    [Fact]
    public async Task A_folder_that_is_no_model_is_refused() =>
        await Refused("no config.json among 1 files (notes.txt)", "Upload the whole folder", folder => File.WriteAllText(Path.Combine(Empty(folder), "notes.txt"), "hello"));

    [Fact]
    public async Task A_pickle_file_alone_is_refused() =>
        await Refused("a pickle file", "Convert the weights to safetensors", folder => File.Move(Path.Combine(folder, "model.safetensors"), Path.Combine(folder, "pytorch_model.bin")));

    [Fact]
    public async Task A_truncated_safetensors_file_is_refused() =>
        await Refused("a file of ", "as its header says", folder => Cut(Path.Combine(folder, "model.safetensors"), 1000));

    [Fact]
    public async Task A_header_that_claims_too_much_is_refused_before_anything_is_read() =>
        await Refused("a header of 9223372036854775807 bytes", "at most", folder => Overwrite(Path.Combine(folder, "model.safetensors"), long.MaxValue));

    [Fact]
    public async Task Another_architecture_is_refused_with_the_field_named() => await Refused("model_type", "Choose another base model", folder =>
        File.WriteAllText(Path.Combine(folder, "config.json"), """{ "model_type": "mamba" }"""));

    [Fact]
    public async Task A_shard_that_the_index_names_must_be_there() => await Refused("model-00002-of-00002.safetensors", "Upload the missing file", folder =>
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), """{ "weight_map": { "a": "model.safetensors", "b": "model-00002-of-00002.safetensors" } }"""));

    [Fact]
    public async Task Without_weights_the_size_follows_from_the_config()
    {
        await Upload(folder => File.Delete(Path.Combine(folder, "model.safetensors")));

        var facts = (await Inspect()).Facts!;

        Assert.False(facts.HasWeights);
        Assert.InRange(facts.Parameters, 20_000, 60_000);
    }

    private async Task Refused(string found, string expectedOrFix, Action<string> damage)
    {
        await Upload(damage);

        var problem = Assert.Single((await Inspect()).Problems);

        Assert.StartsWith($"models/{name}/base/", problem.File);
        Assert.Contains(found, problem.Found);
        Assert.Contains(expectedOrFix, problem.ToString());
    }

    private Task<InspectedBase> Inspect() => new BaseModels(blobs).InspectAsync(name, default);

    private async Task Upload(Action<string> damage)
    {
        var container = blobs.GetBlobContainerClient(BlobPaths.Models);
        await container.CreateIfNotExistsAsync();
        var folder = TinyBase.Create();
        damage(folder);
        foreach (var file in Directory.GetFiles(folder))
        {
            await container.GetBlobClient(BlobPaths.Base(name) + Path.GetFileName(file)).UploadAsync(file);
        }

        Directory.Delete(folder, recursive: true);
    }

    private static string Empty(string folder)
    {
        foreach (var file in Directory.GetFiles(folder))
        {
            File.Delete(file);
        }

        return folder;
    }

    private static void Cut(string path, int bytes)
    {
        using var file = File.OpenWrite(path);
        file.SetLength(file.Length - bytes);
    }

    private static void Overwrite(string path, long headerBytes)
    {
        using var file = File.OpenWrite(path);
        var number = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, headerBytes);
        file.Write(number);
    }
}
