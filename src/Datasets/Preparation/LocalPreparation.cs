using ServerlessTuning.Contracts;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>All steps in a row, in one process: what the orchestration does with activities.</summary>
public static class LocalPreparation
{
    public static async Task<DatasetReport> RunAsync(FrozenRequest request, IPreparationStore store, long chunkBytes, int chunksAtOnce, CancellationToken cancellation)
    {
        var each = new ParallelOptions { MaxDegreeOfParallelism = chunksAtOnce, CancellationToken = cancellation };
        var scan = await new ScanStep(store, chunkBytes).RunAsync(request, cancellation);
        if (scan.Problems.Count == 0)
        {
            await Parallel.ForAsync(0, scan.Chunks.Count, each, async (chunk, stop) => await new SurveyStep(store).RunAsync(chunk, stop));
        }

        var decided = await new DecideStep(store).RunAsync(cancellation);
        if (decided.Usable)
        {
            var rendering = await EncodeStep.OpenRenderingAsync(store, cancellation);
            await Parallel.ForAsync(0, scan.Chunks.Count, each, async (chunk, stop) => await new EncodeStep(store, rendering).RunAsync(chunk, stop));
        }

        return await new FinishStep(store).RunAsync(cancellation);
    }
}
