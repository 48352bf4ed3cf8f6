using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Azure.Storage.Blobs;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Checkpoints;

namespace ServerlessTuning.Functions.Registry;

/// <summary>
/// Base models, <c>models/{base}/base/</c>, in Hugging Face layout. Reads config.json and the headers of the weight files, never the weights:
/// a model that cannot be trained is refused before anything is paid for.
/// </summary>
public sealed class BaseModels(BlobServiceClient blobs)
{
    private static readonly string[] PickleEndings = [".bin", ".pt", ".pth", ".ckpt"];
    private readonly BlobContainerClient container = blobs.GetBlobContainerClient(BlobPaths.Models);

    public async Task<InspectedBase> InspectAsync(string name, CancellationToken cancellation)
    {
        var (files, fingerprint) = await ListAsync(name, cancellation);
        if (Layout(name, files) is { } wrong)
        {
            return new(null, [wrong]);
        }

        List<DatasetProblem> problems = [];
        var config = await ConfigAsync(name, problems, cancellation);
        var weights = files.Where(file => file.Key.EndsWith(".safetensors", StringComparison.Ordinal)).ToList();
        long elements = 0;
        foreach (var (file, bytes) in weights)
        {
            elements += await ElementsAsync(name, file, bytes, problems, cancellation);
        }

        await CheckIndexAsync(name, files, problems, cancellation);
        return problems.Count > 0 ? new(null, [.. problems.Take(20)])
            : new(new(name, fingerprint, weights.Count > 0 ? elements : config!.ParameterCount, config!.MaxPositionEmbeddings, weights.Count > 0, config.LinearLayers, config.NumHiddenLayers, config.ModelType, config.Task, config.Dropout), []);
    }

    /// <summary>Says which files the model consists of, by their ETags; another one means that it was changed.</summary>
    public async Task<string> FingerprintAsync(string name, CancellationToken cancellation) => (await ListAsync(name, cancellation)).Fingerprint;

    private async Task<(Dictionary<string, long> Files, string Fingerprint)> ListAsync(string name, CancellationToken cancellation)
    {
        Dictionary<string, long> files = [];
        var tags = new StringBuilder();
        var folder = BlobPaths.Base(name);
        await foreach (var blob in container.GetBlobsAsync(prefix: folder, cancellationToken: cancellation))
        {
            files[blob.Name[folder.Length..]] = blob.Properties.ContentLength ?? 0;
            tags.Append(blob.Name).Append('\n').Append(blob.Properties.ETag).Append('\n');
        }

        return (files, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(tags.ToString())))[..32]);
    }

    private static DatasetProblem? Layout(string name, Dictionary<string, long> files)
    {
        const string Expected = "a folder in Hugging Face layout: config.json, tokenizer.json, *.safetensors";
        return files.Count == 0 ? Problem(name, null, "no files", Expected, "Upload the model's folder there, or name another base.")
            : !files.ContainsKey("config.json") ? Problem(name, null, $"no config.json among {files.Count} files ({string.Join(", ", files.Keys.Take(5))})", Expected, "Upload the whole folder of the model, not below a further folder.")
            : !files.ContainsKey("tokenizer.json") ? Problem(name, null, "no tokenizer.json", Expected, "Upload it; a model that has only tokenizer.model must be converted first.")
            : !files.Keys.Any(file => file.EndsWith(".safetensors", StringComparison.Ordinal)) && files.Keys.FirstOrDefault(IsPickle) is { } pickle
                ? Problem(name, pickle, "weights as a pickle file, which can run any code when it is loaded", "*.safetensors", "Convert the weights to safetensors; most models are published in both forms.")
            : null;
    }

    private static bool IsPickle(string file) => PickleEndings.Any(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    private async Task<ModelConfig?> ConfigAsync(string name, List<DatasetProblem> problems, CancellationToken cancellation)
    {
        try
        {
            return ModelConfig.Parse(await TextAsync(name, "config.json", cancellation));
        }
        catch (ModelConfigException e)
        {
            problems.Add(Problem(name, "config.json", e.Message, "a model that this version can train", "Choose another base model.", e.Field));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            problems.Add(Problem(name, "config.json", $"text that is not a JSON object ({e.Message})", "the model's configuration", "Upload it again."));
        }

        return null;
    }

    /// <summary>Reads the header alone, by range: 8 bytes, then as many as they say, if that can be.</summary>
    private async Task<long> ElementsAsync(string name, string file, long bytes, List<DatasetProblem> problems, CancellationToken cancellation)
    {
        try
        {
            await using var stream = await container.GetBlobClient(BlobPaths.Base(name) + file).OpenReadAsync(bufferSize: 1 << 16, cancellationToken: cancellation);
            return SafetensorsHeader.Read(stream, bytes, file).Entries.Values.Sum(entry => entry.Elements);
        }
        catch (SafetensorsFormatException e)
        {
            problems.Add(Problem(name, file, e.Found, e.Expected, "The file is damaged or was not uploaded whole; upload it again."));
            return 0;
        }
    }

    /// <summary>Every shard that the index names must be there.</summary>
    private async Task CheckIndexAsync(string name, Dictionary<string, long> files, List<DatasetProblem> problems, CancellationToken cancellation)
    {
        const string Index = "model.safetensors.index.json";
        if (!files.ContainsKey(Index))
        {
            return;
        }

        try
        {
            using var index = JsonDocument.Parse(await TextAsync(name, Index, cancellation));
            var shards = index.RootElement.GetProperty("weight_map").EnumerateObject().Select(entry => entry.Value.GetString()!).Distinct();
            foreach (var missing in shards.Where(shard => !files.ContainsKey(shard)))
            {
                problems.Add(Problem(name, Index, $"no file {missing}, which it names", "every shard of the index", "Upload the missing file."));
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            problems.Add(Problem(name, Index, $"no readable weight_map ({e.Message})", "the model's index", "Upload it again."));
        }
    }

    private async Task<string> TextAsync(string name, string file, CancellationToken cancellation) =>
        (await container.GetBlobClient(BlobPaths.Base(name) + file).DownloadContentAsync(cancellation)).Value.Content.ToString();

    private static DatasetProblem Problem(string name, string? file, string found, string expected, string fix, string? field = null) =>
        new($"{BlobPaths.Models}/{BlobPaths.Base(name)}{file}", null, field, found, expected, fix);
}

/// <param name="Facts">Null when there are problems.</param>
public sealed record InspectedBase(BaseFacts? Facts, IReadOnlyList<DatasetProblem> Problems);

/// <summary>What planning needs to know of a base model.</summary>
/// <param name="Fingerprint">Changes with any of its files.</param>
/// <param name="Parameters">Numbers in the weight files; without any, those that the config asks for.</param>
/// <param name="MaxPositions">How far the model can look back, tokens.</param>
/// <param name="HasWeights">False: config and tokenizer only, to train from random weights.</param>
/// <param name="LinearLayers">Last parts of the names of the layers that LoRA can adapt.</param>
/// <param name="Layers">Blocks of the model.</param>
/// <param name="ModelType">The family, such as <c>bert</c>.</param>
/// <param name="Task">What its head is for.</param>
/// <param name="Dropout">What its config says that hidden states lose while training.</param>
public sealed record BaseFacts(
    string Name, string Fingerprint, long Parameters, int MaxPositions, bool HasWeights, IReadOnlyList<string> LinearLayers, int Layers = 0,
    string ModelType = "llama", ModelTask Task = ModelTask.CausalLanguage, double Dropout = 0);
