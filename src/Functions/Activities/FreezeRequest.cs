using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Options;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Activities;

/// <summary>
/// Fixes what a run works on: its request with nothing implied, and its files with their ETags, in <c>request.json</c>. Then it claims them, because a training
/// file and a <c>tuning.json</c> dropped together are two triggers and one run.
/// Safe to run twice: <c>request.json</c> and the claim are created once and found by the second attempt.
/// </summary>
public sealed class FreezeRequest(RunStore runs, DatasetFolders folders, IOptions<TuningOptions> settings)
{
    [Function(nameof(FreezeRequest))]
    public async Task<Frozen> Run([ActivityTrigger] FreezeInput input, CancellationToken cancellation)
    {
        if (await runs.FindAsync<FrozenRequest>(BlobPaths.Request(input.RunId), cancellation) is not { } frozen)
        {
            var parsed = input.IsPosted ? new ParsedRequest(await runs.ReadAsync<TuningRequest>(BlobPaths.Asked(input.RunId), cancellation), [])
                : RequestParser.Parse(await folders.ReadRequestAsync(input.Dataset, cancellation) ?? "{}"u8.ToArray(), $"{input.Dataset}/{DatasetFolders.RequestFile}");
            var files = (await folders.ListAsync(input.Dataset, cancellation)).Files;
            List<DatasetProblem> problems = [.. parsed.Problems, .. Objections(input.Dataset, parsed.Request, files)];
            if (problems.Count > 0)
            {
                return new(null, problems);
            }

            frozen = new(Completed(parsed.Request!, input.Dataset), files);
            await runs.CreateAsync(BlobPaths.Request(input.RunId), frozen, cancellation);
            frozen = await runs.ReadAsync<FrozenRequest>(BlobPaths.Request(input.RunId), cancellation); // what another attempt wrote first counts
            await runs.NoteAsync(input.RunId, "frozen", $"{frozen.Files.Count} files, {frozen.Files.Sum(file => file.Bytes)} bytes", cancellation);
        }

        // A person who posts a request twice means it; Idempotency-Key is there for those who do not.
        var other = input.IsPosted ? null : await OtherRunAsync(input.RunId, frozen, cancellation);
        return new(frozen.Request.Base, [], frozen.Request.Model, other);
    }

    private IEnumerable<DatasetProblem> Objections(string dataset, TuningRequest? request, IReadOnlyList<DatasetFile> files)
    {
        if (!files.Any(file => file.Split == DatasetSplit.Train))
        {
            yield return new($"{dataset}/", null, null, files.Count == 0 ? "no data file" : string.Join(", ", files.Select(file => file.Name)), "a training file: train.jsonl, train.csv, train.txt and so on",
                $"Upload one to {BlobPaths.Datasets}/{dataset}/; its arrival starts a run.");
        }

        if (request is { Base: null } && string.IsNullOrEmpty(settings.Value.DefaultBase))
        {
            yield return new($"{dataset}/{DatasetFolders.RequestFile}", null, "base", "nothing", "the name of a base model", "Name one, or set Tuning:DefaultBase for the whole app.");
        }

        if (request?.Dataset is { } named && named != dataset)
        {
            yield return new($"{dataset}/{DatasetFolders.RequestFile}", null, "dataset", $"\"{named}\"", $"\"{dataset}\", the folder it lies in", "Leave it out.");
        }
    }

    private TuningRequest Completed(TuningRequest request, string dataset) =>
        request with { Dataset = dataset, Base = request.Base ?? settings.Value.DefaultBase, Model = request.Model ?? dataset };

    /// <returns>The run that claimed the same files and request first; null when it is this one.</returns>
    private async Task<string?> OtherRunAsync(string run, FrozenRequest frozen, CancellationToken cancellation)
    {
        var claim = BlobPaths.ByContent(RunIds.Fingerprint(frozen));
        await runs.CreateAsync(claim, new ContentClaim(run), cancellation);
        var owner = (await runs.ReadAsync<ContentClaim>(claim, cancellation)).RunId;
        return owner == run ? null : owner;
    }
}

/// <param name="IsPosted">The request is the body of a <c>POST /runs</c>, not the folder's own.</param>
public sealed record FreezeInput(string RunId, string Dataset, bool IsPosted);

/// <param name="Base">Null when there are problems.</param>
/// <param name="SameAs">The run that froze the same files and request first.</param>
public sealed record Frozen(string? Base, IReadOnlyList<DatasetProblem> Problems, string? Model = null, string? SameAs = null);

/// <summary><c>by-content/{fingerprint}.json</c>.</summary>
public sealed record ContentClaim(string RunId);
