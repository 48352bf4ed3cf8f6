using System.Reflection;
using Azure.Storage.Blobs;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using ServerlessTuning.Embedded.Functions.Discovery;

namespace ServerlessTuning.Embedded.Functions.Blobs;

/// <summary>Parameters of a blob function: the blob in one of four forms, the path's pieces, the durable client.</summary>
internal static class BlobBinding
{
    public static object? Bind(FunctionMethod function, ParameterInfo parameter, BlobClient blob, IReadOnlyDictionary<string, string> matched, IServiceProvider services, CancellationToken stop) =>
        parameter == function.TriggerParameter ? Content(function, parameter, blob, stop)
        : parameter.ParameterType == typeof(CancellationToken) ? stop
        : parameter.ParameterType == typeof(DurableTaskClient) ? services.GetRequiredService<DurableTaskClient>()
        : matched.TryGetValue(parameter.Name!, out var piece) ? ParameterText.Convert(piece, parameter)
        : parameter.Name!.Equals("blobTrigger", StringComparison.OrdinalIgnoreCase) ? $"{blob.BlobContainerName}/{blob.Name}"
        : parameter.ParameterType == typeof(Uri) ? blob.Uri
        : throw new InvalidOperationException($"Function {function.Name}: parameter {parameter.Name} of type {parameter.ParameterType.Name} cannot be bound; the path binds {string.Join(", ", matched.Keys)}.");

    private static object Content(FunctionMethod function, ParameterInfo parameter, BlobClient blob, CancellationToken stop) => parameter.ParameterType switch
    {
        var type when type == typeof(BlobClient) => blob,
        var type when type == typeof(Stream) => blob.OpenRead(cancellationToken: stop),
        var type when type == typeof(string) => blob.DownloadContent(stop).Value.Content.ToString(),
        var type when type == typeof(byte[]) => blob.DownloadContent(stop).Value.Content.ToArray(),
        var type => throw new InvalidOperationException($"Function {function.Name}: a blob cannot be bound to {type.Name}; expected BlobClient, Stream, string or byte[]."),
    };
}
