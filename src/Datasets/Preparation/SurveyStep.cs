using System.Runtime.InteropServices;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>
/// The second step, once a chunk: validates every example and writes the fingerprints of the good ones, 16 bytes each.
/// Run twice it writes the same files again.
/// </summary>
public sealed class SurveyStep(IPreparationStore store)
{
    public async Task<ChunkSurvey> RunAsync(int chunk, CancellationToken cancellation)
    {
        var scan = await store.ReadJsonAsync<DatasetScan>(WorkFiles.Scan, cancellation);
        var log = new ProblemLog(scan.Files[scan.Chunks[chunk].File].Name);
        ChunkSurvey survey;
        try
        {
            survey = await SurveyAsync(scan, chunk, log, cancellation);
        }
        catch (DatasetChangedException)
        {
            log.AddChanged();
            survey = new(0, 0, 0, null, log.Count, log.Problems);
        }

        await store.WriteJsonAsync(WorkFiles.Survey(chunk), survey, cancellation);
        return survey;
    }

    private async Task<ChunkSurvey> SurveyAsync(DatasetScan scan, int chunk, ProblemLog log, CancellationToken cancellation)
    {
        using var reader = await store.OpenExamplesAsync(scan, chunk, log, cancellation);
        List<UInt128> fingerprints = [];
        var labels = scan.IsLabeled ? new LabelCounter() : null;
        long control = 0;
        long? firstControl = null;
        while (await reader.NextAsync(cancellation))
        {
            fingerprints.Add(reader.Example.Fingerprint());
            labels?.Count(reader.Example, reader.Line);
            if (reader.Example.HasControlCharacters())
            {
                control++;
                firstControl ??= reader.Line;
            }
        }

        await using var stream = await store.CreateAsync(WorkFiles.Fingerprints(chunk), cancellation);
        stream.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(fingerprints)));
        return new(reader.Lines, fingerprints.Count, control, firstControl, log.Count, log.Problems, labels?.Survey);
    }
}
