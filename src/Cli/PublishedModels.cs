using System.Security.Cryptography;
using Azure.Storage.Blobs;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Cli;

/// <summary>Published versions in storage, and their way to disk.</summary>
public sealed class PublishedModels(BlobServiceClient blobs)
{
    private readonly BlobContainerClient container = blobs.GetBlobContainerClient(BlobPaths.Models);

    /// <summary>The manifest of the version that an alias names.</summary>
    public async Task<Manifest> Find(string model, string alias = "latest")
    {
        var blob = container.GetBlobClient(BlobPaths.Alias(model, alias));
        if (!await blob.ExistsAsync())
        {
            throw new UserError($"model '{model}' has no alias '{alias}'; published models: {string.Join(", ", await Names())}");
        }

        return await ReadManifest(model, (await Json<ModelAlias>(blob)).Version);
    }

    /// <summary>The version published last, of whatever model.</summary>
    public async Task<Manifest> Newest()
    {
        var found = new List<Manifest>();
        foreach (var model in await Names())
        {
            found.Add(await Find(model));
        }

        return found.MaxBy(manifest => manifest.PublishedAt) ?? throw new UserError("nothing is published yet; ./run publishes the sample");
    }

    /// <summary>Copies a version to a folder and checks every file against the manifest.</summary>
    public async Task Copy(Manifest manifest, string folder)
    {
        foreach (var file in manifest.Files)
        {
            var path = Path.Combine(folder, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (File.Exists(path) && await Sha256(path) == file.Sha256)
            {
                continue;
            }

            await container.GetBlobClient(BlobPaths.Version(manifest.Model, manifest.Version) + file.Path).DownloadToAsync(path);
            if (await Sha256(path) is var sum && sum != file.Sha256)
            {
                throw new UserError($"{path}: SHA-256 is {sum}, the manifest says {file.Sha256}; the published version is damaged");
            }
        }

        await File.WriteAllBytesAsync(Path.Combine(folder, "manifest.json"), System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(manifest, TuningJson.Readable));
    }

    /// <summary>Copies a base model to a folder.</summary>
    public async Task CopyBase(string model, string folder)
    {
        Directory.CreateDirectory(folder);
        await foreach (var blob in container.GetBlobsAsync(prefix: BlobPaths.Base(model)))
        {
            var path = Path.Combine(folder, blob.Name[BlobPaths.Base(model).Length..]);
            if (!File.Exists(path) || new FileInfo(path).Length != blob.Properties.ContentLength)
            {
                await container.GetBlobClient(blob.Name).DownloadToAsync(path);
            }
        }
    }

    private async Task<List<string>> Names()
    {
        var names = new List<string>();
        await foreach (var item in container.GetBlobsByHierarchyAsync(delimiter: "/"))
        {
            var model = item.Prefix?.TrimEnd('/');
            if (model is not null && await container.GetBlobClient(BlobPaths.Alias(model, "latest")).ExistsAsync())
            {
                names.Add(model);
            }
        }

        return names;
    }

    private async Task<Manifest> ReadManifest(string model, int version) =>
        await Json<Manifest>(container.GetBlobClient(BlobPaths.Version(model, version) + "manifest.json"));

    private static async Task<T> Json<T>(BlobClient blob) => (await blob.DownloadContentAsync()).Value.Content.ToObjectFromJson<T>(TuningJson.Options)!;

    private static async Task<string> Sha256(string path)
    {
        await using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream));
    }
}
