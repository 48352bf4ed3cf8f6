using System.Text.Json.Nodes;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Stages;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Verification;

/// <summary>One entry of a folder's <c>index.json</c>: where its files lie, what must come out, and how near.</summary>
public sealed class ReferenceCase(string root, JsonObject entry) : IDisposable
{
    private readonly Dictionary<string, MappedWeights> files = [];

    public string Id => Text("id");

    public string Kind => Text("kind");

    public JsonObject Entry => entry;

    /// <summary>All entries of a folder.</summary>
    /// <exception cref="RequestException">There is no index, or it is not one.</exception>
    public static IReadOnlyList<ReferenceCase> ReadAll(string folder)
    {
        var path = Path.Combine(folder, "index.json");
        var text = System.IO.File.Exists(path) ? System.IO.File.ReadAllText(path) : throw new RequestException($"verify: found no {path}, expected a folder of reference cases with its index.json.");
        try
        {
            return [.. JsonNode.Parse(text)!["cases"]!.AsArray().Select(item => new ReferenceCase(folder, item!.AsObject()))];
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or NullReferenceException or InvalidOperationException)
        {
            throw new RequestException($"{path}: found no list named \"cases\" ({e.Message}), expected an index of reference cases.", e);
        }
    }

    public bool Has(string field) => entry[field] is not null;

    /// <exception cref="RequestException">The entry has no such field.</exception>
    public string Text(string field) => entry[field] is JsonValue value && value.TryGetValue<string>(out var text) ? text
        : throw new RequestException($"index.json, case {entry["id"]}: found no text in \"{field}\", expected one.");

    public double Number(string field) => entry[field] is JsonValue value && value.TryGetValue<double>(out var number) ? number
        : throw new RequestException($"index.json, case {entry["id"]}: found no number in \"{field}\", expected one.");

    /// <summary>A number among the case's <c>params</c>; 0 when it is not there.</summary>
    public double Parameter(string name) => entry["params"]?[name]?.GetValue<double>() ?? 0;

    /// <summary>A text among the case's <c>params</c>.</summary>
    public string? Setting(string name) => entry["params"]?[name]?.GetValue<string>();

    public int[] Ids(string field) => [.. entry[field]!.AsArray().Select(id => id!.GetValue<int>())];

    /// <summary>A file or folder that a field names.</summary>
    public string PathOf(string field) => Path.Combine(root, Text(field));

    public JsonNode Json(string field) => JsonNode.Parse(System.IO.File.ReadAllText(PathOf(field)))!;

    /// <summary>How far a number may be off: atol + rtol · |expected|. "exact" allows nothing.</summary>
    public (double Relative, double Absolute) Tolerance(string? quantity = null)
    {
        var found = quantity is null ? entry["tolerance"] : entry["tolerance"]![quantity];
        return found is JsonObject both ? (both["rtol"]!.GetValue<double>(), both["atol"]!.GetValue<double>()) : (0, 0);
    }

    /// <summary>A tensor of a safetensors file that a field names.</summary>
    public Tensor Tensor(string field, string name) => File(field).Stored(name);

    public bool HasTensor(string field, string name) => File(field).Names.Contains(name);

    public IReadOnlyList<string> Names(string field) => [.. File(field).Names];

    /// <summary>Token ids or labels as the batches take them.</summary>
    public static int[] Ints(Tensor values) => [.. values.data<long>().ToArray().Select(value => (int)value)];

    private MappedWeights File(string field)
    {
        if (!files.TryGetValue(field, out var file))
        {
            var path = PathOf(field);
            files.Add(field, file = new MappedWeights(Path.GetDirectoryName(path)!, ScalarType.Float32, trains: false, CPU, [path]));
        }

        return file;
    }

    public void Dispose()
    {
        foreach (var file in files.Values)
        {
            file.Dispose();
        }
    }
}
