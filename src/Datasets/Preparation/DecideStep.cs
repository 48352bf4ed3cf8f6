using System.Runtime.InteropServices;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Splitting;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>What the third step decided: <c>work/decided.json</c>.</summary>
/// <param name="Notices">Worth knowing, but no reason to reject.</param>
/// <param name="Labels">Null when the task has none.</param>
public sealed record Decided(bool Usable, long Duplicates, long ProblemCount, IReadOnlyList<DatasetProblem> Problems, IReadOnlyList<string> Notices, LabelSet? Labels = null);

/// <summary>
/// The third step, once: gathers the problems of all chunks and, when there are none, decides duplicates and splits.
/// Run twice it writes the same files again.
/// </summary>
public sealed class DecideStep(IPreparationStore store)
{
    public async Task<Decided> RunAsync(CancellationToken cancellation)
    {
        var scan = await store.ReadJsonAsync<DatasetScan>(WorkFiles.Scan, cancellation);
        var gathered = new GatheredProblems(scan);
        List<ChunkSurvey> surveys = [];
        if (scan.Problems.Count == 0)
        {
            for (var chunk = 0; chunk < scan.Chunks.Count; chunk++)
            {
                var survey = await store.ReadJsonAsync<ChunkSurvey>(WorkFiles.Survey(chunk), cancellation);
                surveys.Add(survey);
                gathered.Add(chunk, survey);
            }
        }

        var decider = new SplitDecider(scan.Split.Validation, scan.Split.Test);
        var labels = scan.IsLabeled && gathered.Count == 0 ? DecideLabels(scan, surveys, gathered) : null;
        if (gathered.Count == 0)
        {
            await SplitAsync(scan, surveys, decider, gathered, cancellation);
        }

        var decided = new Decided(gathered.Count == 0, decider.Duplicates, gathered.Count, gathered.Problems, gathered.Notices, labels);
        await store.WriteJsonAsync(WorkFiles.Decided, decided, cancellation);
        return decided;
    }

    private static LabelSet? DecideLabels(DatasetScan scan, List<ChunkSurvey> surveys, GatheredProblems gathered)
    {
        var decision = new LabelDecision(scan, scan.Labels);
        var (file, linesBefore) = (-1, 0L);
        foreach (var (chunk, survey) in surveys.Index())
        {
            (file, linesBefore) = scan.Chunks[chunk].File == file ? (file, linesBefore) : (scan.Chunks[chunk].File, 0);
            decision.Add(chunk, survey.Labels!, linesBefore);
            linesBefore += survey.Lines;
        }

        return decision.Decide(gathered.Add);
    }

    private async Task SplitAsync(DatasetScan scan, List<ChunkSurvey> surveys, SplitDecider decider, GatheredProblems gathered, CancellationToken cancellation)
    {
        var parts = surveys.Select((survey, chunk) => (scan.Files[scan.Chunks[chunk].File].File.Split, survey.Examples)).ToList();
        var splits = await decider.DecideAsync(parts, async chunk =>
            MemoryMarshal.Cast<byte, UInt128>(await store.ReadBytesAsync(WorkFiles.Fingerprints(chunk), cancellation)).ToArray());
        if (decider.Different < scan.Split.MinimumExamples)
        {
            var repeated = decider.Duplicates > 0 ? $" ({decider.Duplicates} repeat another one and do not count)" : "";
            gathered.Add(new(scan.Files.First(static file => file.File.Split == DatasetSplit.Train).Name, null, null,
                $"{decider.Different} examples{repeated}", $"at least {scan.Split.MinimumExamples}",
                "Add examples, or set \"split\": {\"minimumExamples\": …} in tuning.json."));
            return;
        }

        for (var chunk = 0; chunk < splits.Length; chunk++)
        {
            await using var stream = await store.CreateAsync(WorkFiles.Splits(chunk), cancellation);
            await stream.WriteAsync(splits[chunk], cancellation);
        }
    }
}
