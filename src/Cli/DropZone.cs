using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Cli;

/// <summary>Uploads datasets and base models as any blob client would.</summary>
public static class DropZone
{
    /// <summary>Drops a file or a folder as one dataset; the training file last, so that the run finds the rest in place.</summary>
    /// <param name="path">A data file, or a folder with <c>train.*</c> and whatever belongs beside it.</param>
    /// <param name="baseModel">Written into <c>tuning.json</c> when given.</param>
    /// <returns>The dataset's name.</returns>
    public static async Task<string> Drop(BlobServiceClient blobs, string path, string? name, string? baseModel)
    {
        var files = Directory.Exists(path) ? Directory.GetFiles(path).Where(IsData).ToDictionary(f => Path.GetFileName(f)!, f => f)
            : File.Exists(path) ? new() { [$"train{Extensions(path)}"] = path }
            : throw new UserError($"no file or folder {Path.GetFullPath(path)}");
        if (!files.Keys.Any(file => file.StartsWith("train.", StringComparison.Ordinal)))
        {
            throw new UserError($"{path}: no train.* in it; found {string.Join(", ", files.Keys)}");
        }

        var dataset = name ?? Slug(Path.GetFileName(Path.GetFullPath(path)).Split('.')[0]);
        var container = blobs.GetBlobContainerClient(BlobPaths.Datasets);
        await container.CreateIfNotExistsAsync();
        if (baseModel is not null)
        {
            var request = files.Remove("tuning.json", out var own) ? JsonNode.Parse(await File.ReadAllTextAsync(own))!.AsObject() : [];
            request["base"] = baseModel;
            await container.GetBlobClient($"{dataset}/tuning.json").UploadAsync(new BinaryData(request.ToJsonString()), overwrite: true);
        }

        foreach (var (file, source) in files.OrderBy(file => file.Key.StartsWith("train.", StringComparison.Ordinal)))
        {
            await container.GetBlobClient($"{dataset}/{file}").UploadAsync(source, overwrite: true);
        }

        return dataset;
    }

    /// <summary>Uploads a base model unless the same files are there already.</summary>
    /// <returns>The model's name.</returns>
    public static async Task<string> UploadBase(BlobServiceClient blobs, string folder, string? name = null)
    {
        if (!Directory.Exists(folder))
        {
            throw new UserError($"no folder {Path.GetFullPath(folder)}; --base takes a folder in Hugging Face layout: config.json, *.safetensors, tokenizer.json");
        }

        var model = name ?? Slug(Path.GetFileName(Path.GetFullPath(folder).TrimEnd('/')));
        var container = blobs.GetBlobContainerClient(BlobPaths.Models);
        await container.CreateIfNotExistsAsync();
        foreach (var file in Directory.GetFiles(folder))
        {
            var blob = container.GetBlobClient(BlobPaths.Base(model) + Path.GetFileName(file));
            var sum = await Sha256(file);
            if (!await IsThere(blob, sum))
            {
                await blob.UploadAsync(file, new Azure.Storage.Blobs.Models.BlobUploadOptions { Metadata = new Dictionary<string, string> { ["sha256"] = sum } });
            }
        }

        return model;
    }

    /// <summary>A dataset that comes with this project may name a base that does, too: it is uploaded.</summary>
    /// <param name="models">Folder of the sample models.</param>
    /// <param name="path">A data file, or a folder that may hold a <c>tuning.json</c>.</param>
    public static async Task UploadSampleBase(BlobServiceClient blobs, string models, string path)
    {
        var request = Path.Combine(path, "tuning.json");
        if (File.Exists(request) && (string?)JsonNode.Parse(await File.ReadAllTextAsync(request))?["base"] is { } name && Directory.Exists(Path.Combine(models, name)))
        {
            await UploadBase(blobs, Path.Combine(models, name));
        }
    }

    /// <summary>Lower-case letters, digits and dashes, as run ids and blob folders use them.</summary>
    public static string Slug(string text) =>
        string.Join('-', new string([.. text.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries)) is { Length: > 0 } slug
            ? slug : throw new UserError($"'{text}' has no letter or digit to make a name of; give one with --name");

    private static async Task<bool> IsThere(BlobClient blob, string sum) =>
        await blob.ExistsAsync() && (await blob.GetPropertiesAsync()).Value.Metadata.TryGetValue("sha256", out var there) && there == sum;

    private static bool IsData(string file) => Path.GetFileName(file) is "tuning.json" || Path.GetFileName(file).Split('.')[0] is "train" or "valid" or "test";

    private static string Extensions(string path) => Path.GetFileName(path) is var file && file.IndexOf('.') is var dot and > 0 ? file[dot..] : ".txt";

    private static async Task<string> Sha256(string file)
    {
        await using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(await System.Security.Cryptography.SHA256.HashDataAsync(stream));
    }
}
