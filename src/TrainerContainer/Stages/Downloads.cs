using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Storage;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>Brings blobs into a local folder; what is there already, with the same length and ETag, is not fetched again.</summary>
public static class Downloads
{
    private const string Index = ".etags.json";

    /// <summary>Makes <paramref name="folder"/> hold exactly the blobs below a prefix.</summary>
    /// <returns>Number of files; 0 when there are none.</returns>
    public static async Task<int> Folder(IBlobStore store, string container, string prefix, string folder, CancellationToken cancellation)
    {
        var blobs = await store.List(container, prefix, cancellation);
        var wanted = blobs.Select(blob => Path.GetFullPath(Path.Combine(folder, blob.Name[prefix.Length..]))).ToHashSet(StringComparer.Ordinal);
        foreach (var stale in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToList() : [])
        {
            if (!wanted.Contains(Path.GetFullPath(stale)) && Path.GetFileName(stale) != Index)
            {
                File.Delete(stale);
            }
        }

        await Files(store, container, prefix, blobs, folder, cancellation);
        return blobs.Count;
    }

    /// <summary>Brings blobs that must exist.</summary>
    /// <param name="names">Below the prefix.</param>
    public static async Task Named(IBlobStore store, string container, string prefix, IEnumerable<string> names, string folder, CancellationToken cancellation)
    {
        var blobs = new List<BlobFacts>();
        foreach (var name in names)
        {
            blobs.Add(await store.Find(container, prefix + name, cancellation)
                ?? throw new RequestException($"{container}/{prefix}{name}: found nothing, expected a file that the work order names. Was the run's folder changed or deleted?"));
        }

        await Files(store, container, prefix, blobs, folder, cancellation);
    }

    private static async Task Files(IBlobStore store, string container, string prefix, IReadOnlyList<BlobFacts> blobs, string folder, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        var index = Path.Combine(folder, Index);
        var known = ReadIndex(index);
        foreach (var blob in blobs)
        {
            var name = blob.Name[prefix.Length..];
            var file = new FileInfo(Path.Combine(folder, name));
            if (file.Exists && file.Length == blob.Bytes && known.GetValueOrDefault(name) == blob.ETag)
            {
                continue;
            }

            await store.Download(container, blob.Name, file.FullName, cancellation);
            known[name] = blob.ETag;
            await File.WriteAllBytesAsync(index + FolderBlobs.Partial, JsonSerializer.SerializeToUtf8Bytes(known, TuningJson.Options), cancellation);
            File.Move(index + FolderBlobs.Partial, index, overwrite: true);
        }
    }

    private static Dictionary<string, string> ReadIndex(string path) =>
        File.Exists(path) ? JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllBytes(path), TuningJson.Options) ?? [] : [];
}
