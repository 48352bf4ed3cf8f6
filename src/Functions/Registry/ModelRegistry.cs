using System.Security.Cryptography;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Registry;

/// <summary>
/// Published models: immutable versions and aliases that move. The storage copies the files itself; a version is there once its manifest is, which is written last.
/// </summary>
public sealed class ModelRegistry(BlobServiceClient blobs, RunStore runs, TimeProvider time)
{
    public const string Latest = "latest";

    private readonly BlobContainerClient models = blobs.GetBlobContainerClient(BlobPaths.Models);
    private readonly BlobContainerClient runFiles = blobs.GetBlobContainerClient(BlobPaths.Runs);

    /// <summary>Publishes a run's artifacts and moves <c>latest</c>. May be called again at any point, also at the same time: a run publishes one version.</summary>
    /// <returns>The version.</returns>
    public async Task<int> PublishAsync(string run, string model, string baseModel, CancellationToken cancellation)
    {
        var version = await TakeVersionAsync(run, model, cancellation);
        var manifest = models.GetBlobClient(BlobPaths.Manifest(model, version));
        if (!await manifest.ExistsAsync(cancellation))
        {
            var files = await CopyAsync(run, BlobPaths.Version(model, version), cancellation);
            var written = new Manifest(model, version, run, time.GetUtcNow(), baseModel, files);
            await CreateAsync(manifest, written, null, cancellation);
        }

        await MoveForwardAsync(model, Latest, version, cancellation);
        return version;
    }

    /// <summary>The run's version number: the one it has, or the next free one. Two runs never get the same, because a claim is created once.</summary>
    private async Task<int> TakeVersionAsync(string run, string model, CancellationToken cancellation)
    {
        if (await runs.FindAsync<Publication>(BlobPaths.Publication(run), cancellation) is { } taken)
        {
            return taken.Version;
        }

        var claimed = await ClaimAsync(run, model, cancellation);
        await runs.CreateAsync(BlobPaths.Publication(run), new Publication(model, claimed), cancellation);
        var version = (await runs.ReadAsync<Publication>(BlobPaths.Publication(run), cancellation)).Version;
        if (version != claimed)
        {
            await models.DeleteBlobIfExistsAsync(BlobPaths.Claim(model, claimed), cancellationToken: cancellation); // a second attempt of this run was faster
        }

        return version;
    }

    private async Task<int> ClaimAsync(string run, string model, CancellationToken cancellation)
    {
        while (true)
        {
            var claims = await ClaimsAsync(model, cancellation);
            if (claims.FirstOrDefault(claim => claim.Value == run) is { Key: > 0 } own)
            {
                return own.Key; // an earlier attempt came no further
            }

            var next = claims.Keys.DefaultIfEmpty().Max() + 1;
            var metadata = new Dictionary<string, string> { ["run"] = run };
            if (await CreateAsync(models.GetBlobClient(BlobPaths.Claim(model, next)), new VersionClaim(run), metadata, cancellation))
            {
                return next;
            }
        }
    }

    /// <summary>Versions taken, with the runs that took them.</summary>
    private async Task<Dictionary<int, string>> ClaimsAsync(string model, CancellationToken cancellation)
    {
        Dictionary<int, string> claims = [];
        await foreach (var blob in models.GetBlobsAsync(BlobTraits.Metadata, prefix: BlobPaths.Claims(model), cancellationToken: cancellation))
        {
            if (int.TryParse(Path.GetFileNameWithoutExtension(blob.Name), out var version))
            {
                claims[version] = blob.Metadata.TryGetValue("run", out var run) ? run : "";
            }
        }

        return claims;
    }

    private async Task<IReadOnlyList<ManifestFile>> CopyAsync(string run, string to, CancellationToken cancellation)
    {
        List<ManifestFile> files = [];
        var from = BlobPaths.Artifacts(run);
        await foreach (var blob in runFiles.GetBlobsAsync(prefix: from, cancellationToken: cancellation))
        {
            var path = blob.Name[from.Length..];
            var copy = models.GetBlobClient(to + path);
            await CopyOnceAsync(runFiles.GetBlobClient(blob.Name), copy, cancellation);
            await using var content = await copy.OpenReadAsync(cancellationToken: cancellation); // the sum of what lies there now, not of what was sent
            files.Add(new(path, blob.Properties.ContentLength ?? 0, Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation))));
        }

        return files.Count > 0 ? files : throw new NothingToPublishException(run);
    }

    /// <summary>Leaves alone what another attempt of the run has copied, or is copying: its readers hold on to that very file.</summary>
    private static async Task CopyOnceAsync(BlobClient from, BlobClient to, CancellationToken cancellation)
    {
        try
        {
            var copying = await to.StartCopyFromUriAsync(from.Uri, new BlobCopyFromUriOptions { DestinationConditions = new() { IfNoneMatch = ETag.All } }, cancellation);
            await copying.WaitForCompletionAsync(cancellation);
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412)
        {
            await WaitForCopyAsync(to, cancellation);
        }
    }

    private static async Task WaitForCopyAsync(BlobClient copy, CancellationToken cancellation)
    {
        while ((await copy.GetPropertiesAsync(cancellationToken: cancellation)).Value is { BlobCopyStatus: not CopyStatus.Success } state)
        {
            if (state.BlobCopyStatus != CopyStatus.Pending)
            {
                await copy.DeleteIfExistsAsync(cancellationToken: cancellation);
                throw new CopyFailedException(copy.Name, $"{state.BlobCopyStatus}: {state.CopyStatusDescription}");
            }

            await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
        }
    }

    /// <summary>Points an alias at a version, unless it points at a later one already. Whoever read an older state has to look again.</summary>
    public async Task MoveForwardAsync(string model, string alias, int version, CancellationToken cancellation)
    {
        var blob = models.GetBlobClient(BlobPaths.Alias(model, alias));
        while (true)
        {
            var conditions = new BlobRequestConditions { IfNoneMatch = ETag.All };
            if (await FindAliasAsync(blob, cancellation) is { } current)
            {
                if (current.Version >= version)
                {
                    return;
                }

                conditions = new() { IfMatch = current.ETag };
            }

            try
            {
                await blob.UploadAsync(Json(new ModelAlias(version)), new BlobUploadOptions { Conditions = conditions }, cancellation);
                return;
            }
            catch (RequestFailedException e) when (e.Status is 409 or 412)
            {
                // It moved meanwhile.
            }
        }
    }

    private static async Task<(int Version, ETag ETag)?> FindAliasAsync(BlobClient blob, CancellationToken cancellation)
    {
        try
        {
            var answer = (await blob.DownloadContentAsync(cancellation)).Value;
            return (answer.Content.ToObjectFromJson<ModelAlias>(TuningJson.Options)!.Version, answer.Details.ETag);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    /// <returns>False when it was there already.</returns>
    private static async Task<bool> CreateAsync<T>(BlobClient blob, T document, Dictionary<string, string>? metadata, CancellationToken cancellation)
    {
        try
        {
            await blob.UploadAsync(Json(document), new BlobUploadOptions { Conditions = new() { IfNoneMatch = ETag.All }, Metadata = metadata }, cancellation);
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412)
        {
            return false;
        }
    }

    private static BinaryData Json<T>(T document) => new(JsonSerializer.SerializeToUtf8Bytes(document, TuningJson.Readable));
}

/// <summary><c>models/{model}/claims/{n}.json</c>.</summary>
public sealed record VersionClaim(string RunId);

/// <summary><c>runs/{run}/publication.json</c>.</summary>
public sealed record Publication(string Model, int Version);

/// <summary>The storage gave up on a copy; the next attempt starts it anew.</summary>
public sealed class CopyFailedException(string name, string status) : Exception($"Copying to {BlobPaths.Models}/{name} ended as {status}. It is tried again.")
{
    public string Name { get; } = name;
}

/// <summary>The trainer said that it was done, but left nothing to publish.</summary>
public sealed class NothingToPublishException(string run)
    : Exception($"{BlobPaths.Runs}/{BlobPaths.Artifacts(run)} is empty, though the trainer finished. Was the run's folder deleted? Start a new run.")
{
    public string Run { get; } = run;
}
