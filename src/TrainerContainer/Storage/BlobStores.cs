using System.Text.Json;
using Azure.Identity;
using Azure.Storage.Blobs;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Storage;

/// <summary>Opens what <c>Tuning__Storage</c> names, and what every reader of documents and folders needs.</summary>
public static class BlobStores
{
    /// <param name="storage">A connection string, an https service URI (then with the machine's identity), or <c>file:///folder</c>.</param>
    /// <param name="say">Told when the storage does not answer and when it does again.</param>
    public static IBlobStore Open(string storage, TimeProvider clock, Action<string> say)
    {
        if (!Uri.TryCreate(storage, UriKind.Absolute, out var uri) || storage.Contains("AccountName=", StringComparison.OrdinalIgnoreCase))
        {
            return Patient(new AzureBlobs(Connect(storage)));
        }

        return uri.Scheme switch
        {
            "file" => new FolderBlobs(uri.LocalPath, clock),
            "https" or "http" => Patient(new AzureBlobs(new BlobServiceClient(uri, new DefaultAzureCredential(), AzureBlobs.Options()))),
            _ => throw new SettingException("Tuning__Storage", storage, "a connection string, an https:// service URI or file:///folder"),
        };

        PatientBlobs Patient(AzureBlobs blobs) => new(blobs, clock, say);
    }

    public static async Task<T?> ReadJson<T>(this IBlobStore store, string container, string name, CancellationToken cancellation) where T : class =>
        await store.Read(container, name, cancellation) is { } document ? JsonSerializer.Deserialize<T>(document.Content.Span, TuningJson.Options) : null;

    public static Task WriteJson<T>(this IBlobStore store, string container, string name, T value, CancellationToken cancellation) =>
        store.Write(container, name, JsonSerializer.SerializeToUtf8Bytes(value, TuningJson.Readable), cancellation);

    public static async Task UploadFolder(this IBlobStore store, string container, string prefix, string folder, CancellationToken cancellation)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/');
            await store.Upload(container, prefix + name, file, cancellation);
        }
    }

    public static async Task DeleteFolder(this IBlobStore store, string container, string prefix, CancellationToken cancellation)
    {
        foreach (var blob in await store.List(container, prefix, cancellation))
        {
            await store.Delete(container, blob.Name, cancellation);
        }
    }

    private static BlobServiceClient Connect(string connectionString)
    {
        try
        {
            return new BlobServiceClient(connectionString, AzureBlobs.Options());
        }
        catch (FormatException)
        {
            // The text may hold a key: it is not repeated.
            throw new SettingException("Tuning__Storage", "a text that is no connection string", "a connection string, an https:// service URI or file:///folder");
        }
    }
}
