using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Registry;

/// <summary>The documents of the runs: one folder a run in the container <c>runs</c>.</summary>
public sealed class RunStore(BlobServiceClient blobs, TimeProvider time)
{
    private static readonly byte[] NewLine = "\n"u8.ToArray();
    private readonly BlobContainerClient container = blobs.GetBlobContainerClient(BlobPaths.Runs);

    /// <returns>Null when there is none.</returns>
    public async Task<T?> FindAsync<T>(string name, CancellationToken cancellation)
        where T : class => (await FindDatedAsync<T>(name, cancellation))?.Document;

    /// <summary>A document with its age by the storage's own clock: two machines' clocks may differ.</summary>
    public async Task<Dated<T>?> FindDatedAsync<T>(string name, CancellationToken cancellation)
        where T : class
    {
        try
        {
            var answer = await container.GetBlobClient(name).DownloadContentAsync(cancellation);
            var now = answer.GetRawResponse().Headers.Date ?? time.GetUtcNow();
            return new(answer.Value.Content.ToObjectFromJson<T>(TuningJson.Options)!, now - answer.Value.Details.LastModified);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    /// <exception cref="RunDocumentMissingException">It is not there.</exception>
    public async Task<T> ReadAsync<T>(string name, CancellationToken cancellation)
        where T : class => await FindAsync<T>(name, cancellation) ?? throw new RunDocumentMissingException(name);

    public Task WriteAsync<T>(string name, T document, CancellationToken cancellation) =>
        container.GetBlobClient(name).UploadAsync(Json(document), overwrite: true, cancellation);

    /// <summary>Writes a document that may be written once only.</summary>
    /// <returns>False when it was there already; it is left as it is.</returns>
    public async Task<bool> CreateAsync<T>(string name, T document, CancellationToken cancellation)
    {
        try
        {
            await container.GetBlobClient(name).UploadAsync(Json(document), new BlobUploadOptions { Conditions = new() { IfNoneMatch = ETag.All } }, cancellation);
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412)
        {
            return false;
        }
    }

    /// <summary>Adds a line to the run's <c>events.jsonl</c>. An activity that runs twice leaves two lines.</summary>
    public async Task NoteAsync(string run, string what, string? message, CancellationToken cancellation)
    {
        var events = container.GetAppendBlobClient(BlobPaths.Events(run));
        await events.CreateIfNotExistsAsync(cancellationToken: cancellation);
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(new RunEvent(time.GetUtcNow(), what, message), TuningJson.Options), .. NewLine];
        await events.AppendBlockAsync(new MemoryStream(line), cancellationToken: cancellation);
    }

    private static BinaryData Json<T>(T document) => new(JsonSerializer.SerializeToUtf8Bytes(document, TuningJson.Readable));
}

/// <param name="Age">Time since it was written.</param>
public sealed record Dated<T>(T Document, TimeSpan Age);

/// <summary>A document that an earlier step of the run wrote is gone.</summary>
public sealed class RunDocumentMissingException(string name)
    : Exception($"{BlobPaths.Runs}/{name} is not there, though an earlier step of the run wrote it. Was the run's folder deleted? Start a new run.")
{
    public string Name { get; } = name;
}
