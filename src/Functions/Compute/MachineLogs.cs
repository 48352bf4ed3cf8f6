using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Compute;

/// <summary>Keeps the machine logs of all runs, in the container <c>runs</c>.</summary>
public sealed class MachineLogs(BlobServiceClient blobs, TimeProvider time)
{
    private readonly BlobContainerClient container = blobs.GetBlobContainerClient(BlobPaths.Runs);

    public async Task<(MachineLog Log, ETag Version)> ReadAsync(string run, int attempt, CancellationToken cancellation)
    {
        try
        {
            var answer = await container.GetBlobClient(BlobPaths.Machine(run, attempt)).DownloadContentAsync(cancellation);
            return (answer.Value.Content.ToObjectFromJson<MachineLog>(TuningJson.Options)!, answer.Value.Details.ETag);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return (new([]), default);
        }
    }

    /// <summary>Changes one machine's entry, whatever else was changed meanwhile.</summary>
    public async Task UpdateAsync(string run, int attempt, string machine, Func<Machine, Machine> change, CancellationToken cancellation)
    {
        while (true)
        {
            var (log, version) = await ReadAsync(run, attempt, cancellation);
            if (log.Machines.FirstOrDefault(known => known.Name == machine) is not { } known || change(known) is not { } changed || changed == known)
            {
                return;
            }

            var machines = log.Machines.Select(other => other.Name == machine ? changed : other);
            if (await TryWriteAsync(run, attempt, new([.. machines]), version, cancellation))
            {
                return;
            }
        }
    }

    /// <returns>False when somebody else was faster; read again.</returns>
    public async Task<bool> TryWriteAsync(string run, int attempt, MachineLog log, ETag version, CancellationToken cancellation)
    {
        var condition = version == default ? new BlobRequestConditions { IfNoneMatch = ETag.All } : new BlobRequestConditions { IfMatch = version };
        try
        {
            var json = BinaryData.FromObjectAsJson(log, TuningJson.Readable);
            await container.GetBlobClient(BlobPaths.Machine(run, attempt)).UploadAsync(json, new BlobUploadOptions { Conditions = condition }, cancellation);
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412)
        {
            return false;
        }
    }

    /// <summary>All machines that the run ever asked for, with the attempts they belong to.</summary>
    public async Task<IReadOnlyList<(int Attempt, Machine Machine)>> AllAsync(string run, CancellationToken cancellation)
    {
        List<(int, Machine)> all = [];
        await foreach (var blob in container.GetBlobsAsync(prefix: BlobPaths.Attempts(run), cancellationToken: cancellation))
        {
            if (blob.Name.EndsWith("/machine.json", StringComparison.Ordinal) && int.TryParse(blob.Name.Split('/')[^2], out var attempt))
            {
                all.AddRange((await ReadAsync(run, attempt, cancellation)).Log.Machines.Select(machine => (attempt, machine)));
            }
        }

        return all;
    }

    /// <summary>Marks the run as one whose machines may cost: before the first of them is asked for.</summary>
    public Task BeginCostingAsync(string owner, string run, CancellationToken cancellation) =>
        container.GetBlobClient(BlobPaths.Costing(owner) + run).UploadAsync(BinaryData.FromString(""), overwrite: true, cancellation);

    /// <summary>When the end of each of its machines is written down.</summary>
    public Task EndCostingAsync(string owner, string run, CancellationToken cancellation) => container.GetBlobClient(BlobPaths.Costing(owner) + run).DeleteIfExistsAsync(cancellationToken: cancellation);

    /// <summary>Runs whose machines may cost, also those whose machines went without anybody to write it down: the run was ended from outside, and its machine by itself.</summary>
    public async Task<IReadOnlyList<string>> CostingAsync(string owner, CancellationToken cancellation)
    {
        List<string> runs = [];
        await foreach (var marker in container.GetBlobsAsync(prefix: BlobPaths.Costing(owner), cancellationToken: cancellation))
        {
            runs.Add(marker.Name[BlobPaths.Costing(owner).Length..]);
        }

        return runs;
    }

    /// <summary>What the run's machines cost until now; null for a run that never asked for one.</summary>
    public async Task<Bill?> BillAsync(string run, CancellationToken cancellation)
    {
        var all = await AllAsync(run, cancellation);
        return all.Count == 0 ? null : Bills.Of(all.Select(pair => pair.Machine), time.GetUtcNow());
    }
}
