using System.Text;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Reports;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>
/// The last step, once: joins what the chunks made to <c>report.json</c> and <c>report.html</c> and removes the working files.
/// Run again after that it answers with the report that is there.
/// </summary>
public sealed class FinishStep(IPreparationStore store)
{
    public const string ReportPath = "report.json";

    public const string PagePath = "report.html";

    public async Task<DatasetReport> RunAsync(CancellationToken cancellation)
    {
        var report = await ReadReportAsync(cancellation) ?? await WriteAsync(cancellation);
        await store.DeleteFolderAsync(WorkFiles.Folder, cancellation);
        return report;
    }

    private async Task<DatasetReport?> ReadReportAsync(CancellationToken cancellation)
    {
        await using var stream = await store.OpenAsync(ReportPath, 0, cancellation);
        return stream is null ? null : await store.ReadJsonAsync<DatasetReport>(ReportPath, cancellation);
    }

    private async Task<DatasetReport> WriteAsync(CancellationToken cancellation)
    {
        var scan = await store.ReadJsonAsync<DatasetScan>(WorkFiles.Scan, cancellation);
        var decided = await store.ReadJsonAsync<Decided>(WorkFiles.Decided, cancellation);
        var problems = new GatheredProblems(scan, decided);
        List<ChunkTokens> chunks = [];
        for (var chunk = 0; decided.Usable && chunk < scan.Chunks.Count; chunk++)
        {
            var tokens = await store.ReadJsonAsync<ChunkTokens>(WorkFiles.Tokens(chunk), cancellation);
            var survey = await store.ReadJsonAsync<ChunkSurvey>(WorkFiles.Survey(chunk), cancellation);
            problems.Add(chunk, survey with { ProblemCount = tokens.ProblemCount, Problems = tokens.Problems, ControlCharacters = 0, FirstControlCharacter = null });
            chunks.Add(tokens);
        }

        var train = await JoinAsync(DatasetSplit.Train, scan, chunks.Select(static chunk => chunk.Train), cancellation);
        if (decided.Usable && problems.Count == 0 && !HasSomething(scan.Task, train))
        {
            problems.Add(new(scan.Files[^1].Name, null, null, "no example of which something to learn is left", $"examples that fit into {scan.ContextLength} tokens",
                "Raise hyperparameters.contextLength, or shorten the prompts."));
        }

        var report = new DatasetReport(
            problems.Count == 0, TaskRules.NameOf(scan.Kind), scan.Task, scan.ContextLength,
            train,
            await JoinAsync(DatasetSplit.Validation, scan, chunks.Select(static chunk => chunk.Validation), cancellation),
            await JoinAsync(DatasetSplit.Test, scan, chunks.Select(static chunk => chunk.Test), cancellation),
            decided.Duplicates, chunks.Sum(static chunk => chunk.Truncated), chunks.Sum(static chunk => chunk.Dropped), problems.Count, problems.Problems, problems.Notices, decided.Labels, scan.SequencesPerExample);
        await WritePageAsync(report, chunks, cancellation);
        await store.WriteJsonAsync(ReportPath, report, cancellation, TuningJson.Readable);   // last: it says that the rest is there
        return report;
    }

    private async Task<SplitReport> JoinAsync(DatasetSplit split, DatasetScan scan, IEnumerable<SplitReport> parts, CancellationToken cancellation)
    {
        var all = parts.ToList();
        var held = all.Where(static part => part.Held is not null).Select(static part => part.Held!).ToList();
        var path = held.Count == 0 ? null : $"{WorkFiles.Name(split)}.jsonl";
        if (path is not null)
        {
            await using var joined = await store.CreateAsync(path, cancellation);
            foreach (var part in held)
            {
                await using var stream = (await store.OpenAsync(part, 0, cancellation))!;
                await stream.CopyToAsync(joined, cancellation);
            }
        }

        return new(all.Sum(static part => part.Examples), all.Sum(static part => part.Tokens), all.Sum(static part => part.SupervisedTokens),
            [.. all.SelectMany(static part => part.Shards)], path, Sources(scan, all));
    }

    /// <summary>A file's chunks follow each other.</summary>
    private static List<SourceReport> Sources(DatasetScan scan, List<SplitReport> parts) =>
    [
        .. parts.Index().GroupBy(part => scan.Chunks[part.Index].File).OrderBy(static file => file.Key)
            .Select(file => new SourceReport(scan.Files[file.Key].Name, file.Sum(static part => part.Item.Examples), file.Sum(static part => part.Item.Tokens)))
            .Where(static source => source.Examples > 0),
    ];

    private async Task WritePageAsync(DatasetReport report, List<ChunkTokens> chunks, CancellationToken cancellation)
    {
        var histogram = new long[LengthRule.Bins + 1];
        foreach (var chunk in chunks)
        {
            for (var bin = 0; bin < chunk.Histogram.Count; bin++)
            {
                histogram[bin] += chunk.Histogram[bin];
            }
        }

        var page = ReportPage.Render(report, histogram, [.. chunks.SelectMany(static chunk => chunk.Samples).Take(3)]);
        await using var stream = await store.CreateAsync(PagePath, cancellation);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(page), cancellation);
    }

    private static bool HasSomething(TuningTask task, SplitReport train) =>
        task is TuningTask.Classification or TuningTask.Reinforcement ? train.Examples > 0 : train.SupervisedTokens > 0;
}
