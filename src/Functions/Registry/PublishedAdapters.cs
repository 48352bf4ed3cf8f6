using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Registry;

/// <summary>Adapters that were published, to go on from.</summary>
public sealed class PublishedAdapters(BlobServiceClient blobs)
{
    private readonly BlobContainerClient container = blobs.GetBlobContainerClient(BlobPaths.Models);

    /// <param name="from"><c>model</c>, <c>model@3</c> or <c>model@alias</c>.</param>
    /// <param name="baseModel">That the run trains.</param>
    public async Task<FoundAdapter> FindAsync(string from, string baseModel, CancellationToken cancellation)
    {
        var (model, which) = from.Split('@', 2) is [var name, var rest] ? (name, rest) : (from, ModelRegistry.Latest);
        var version = int.TryParse(which, out var number) ? number : (await ReadAsync<ModelAlias>(BlobPaths.Alias(model, which), cancellation))?.Version;
        if (version is null || await ReadAsync<Manifest>(BlobPaths.Manifest(model, version.Value), cancellation) is not { } manifest)
        {
            return Refused(from, $"no published version {which} of \"{model}\"", "a model that was published, with a version or an alias behind @", "Publish it first, or leave the field out to begin a new adapter.");
        }

        if (manifest.Base != baseModel)
        {
            return Refused(from, $"an adapter of the base \"{manifest.Base}\"", $"one of \"{baseModel}\", which this run tunes", $"Set \"base\": \"{manifest.Base}\", or begin a new adapter.");
        }

        return await ReadAsync<JsonElement?>(BlobPaths.Adapter(model, version.Value) + "adapter_config.json", cancellation) is { } config
            ? new(new AdapterStart(model, version.Value), Shape(config), null)
            : Refused(from, $"no adapter in version {version} of \"{model}\"", "a version that was tuned with LoRA", "A model whose weights were all tuned is gone on from as a base.");
    }

    /// <summary>As much of PEFT's adapter_config.json as a plan tells; the trainer reads the rest and refuses what it cannot build.</summary>
    private static LoraConfig Shape(JsonElement config) => new(
        config.GetProperty("r").GetInt32(), config.GetProperty("lora_alpha").GetDouble(), Number(config, "lora_dropout"), Names(config, "target_modules") ?? [],
        Flag(config, "use_rslora"), Flag(config, "use_dora"), Names(config, "modules_to_save"));

    private static double Number(JsonElement config, string name) => config.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : 0;

    private static bool Flag(JsonElement config, string name) => config.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static IReadOnlyList<string>? Names(JsonElement config, string name) => !config.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? [value.GetString()!]
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(item => item.GetString()!)] : null;

    private static FoundAdapter Refused(string from, string found, string expected, string fix) => new(null, null, new("tuning.json", null, "method.from", $"\"{from}\": {found}", expected, fix));

    private async Task<T?> ReadAsync<T>(string name, CancellationToken cancellation)
    {
        try
        {
            return (await container.GetBlobClient(name).DownloadContentAsync(cancellation)).Value.Content.ToObjectFromJson<T>(TuningJson.Options);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return default;
        }
    }
}

/// <param name="Start">Null when there is a problem.</param>
/// <param name="Shape">Of the adapter.</param>
public sealed record FoundAdapter(AdapterStart? Start, LoraConfig? Shape, DatasetProblem? Problem);
