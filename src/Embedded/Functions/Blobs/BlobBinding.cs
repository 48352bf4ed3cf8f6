using System.Reflection;
using Azure.Storage.Blobs;
using ServerlessTuning.Embedded.Functions.Discovery;

namespace ServerlessTuning.Embedded.Functions.Blobs;

/// <summary>Parameters of a blob function: the blob in one of four forms, the path's pieces, the blob's address.</summary>
internal static class BlobBinding
{
    public static async ValueTask<object?> Bind(FunctionMethod function, ParameterInfo parameter, BlobClient blob, IReadOnlyDictionary<string, string> pieces, StoragePatience patience, CancellationToken stop) =>
        parameter == function.TriggerParameter ? await Content(function, parameter, blob, patience, stop)
        : pieces.TryGetValue(parameter.Name!, out var piece) ? ParameterText.Convert(piece, parameter)
        : parameter.Name!.Equals("blobTrigger", StringComparison.OrdinalIgnoreCase) ? Path(blob)
        : parameter.ParameterType == typeof(Uri) ? blob.Uri
        : throw new InvalidOperationException($"Function {function.Name}: parameter {parameter.Name} of type {parameter.ParameterType.Name} cannot be bound; the path binds {string.Join(", ", pieces.Keys)}.");

    /// <summary>What the context's binding data shows; a piece of the path wins over the extension's own names.</summary>
    public static Dictionary<string, object?> Data(BlobClient blob, IReadOnlyDictionary<string, string> pieces)
    {
        var data = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase) { ["BlobTrigger"] = Path(blob), ["Uri"] = blob.Uri.ToString() };
        foreach (var (name, value) in pieces)
        {
            data[name] = value;
        }

        return data;
    }

    private static string Path(BlobClient blob) => $"{blob.BlobContainerName}/{blob.Name}";

    /// <remarks>An outage while the blob is read is waited for: it is no failure of the function.</remarks>
    private static async Task<object?> Content(FunctionMethod function, ParameterInfo parameter, BlobClient blob, StoragePatience patience, CancellationToken stop)
    {
        object? content = null;
        await patience.Until($"reading {blob.Name}", async () => content = parameter.ParameterType switch
        {
            var type when type == typeof(BlobClient) => blob,
            var type when type == typeof(Stream) => await blob.OpenReadAsync(cancellationToken: stop),
            var type when type == typeof(string) => (await blob.DownloadContentAsync(stop)).Value.Content.ToString(),
            var type when type == typeof(byte[]) => (await blob.DownloadContentAsync(stop)).Value.Content.ToArray(),
            var type => throw new InvalidOperationException($"Function {function.Name}: a blob cannot be bound to {type.Name}; expected BlobClient, Stream, string or byte[]."),
        }, stop);
        stop.ThrowIfCancellationRequested();
        return content;
    }
}
