using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Activities.Preparation;

namespace ServerlessTuning.Functions.Orchestrators;

/// <summary>
/// From the frozen files of a run to token shards and a report: look at all chunks, decide duplicates and splits once, tokenize all chunks.
/// A dataset that cannot be used is a report with <see cref="DatasetReport.Usable"/> false, not an exception.
/// </summary>
public static class PrepareDataset
{
    /// <summary>Chunks in work at the same time; each takes some tens of megabytes where it runs.</summary>
    private const int Lanes = 16;

    private static readonly TaskOptions Retries = TaskOptions.FromRetryPolicy(new RetryPolicy(maxNumberOfAttempts: 5, firstRetryInterval: TimeSpan.FromSeconds(2), backoffCoefficient: 2));

    [Function(nameof(PrepareDataset))]
    public static async Task<DatasetReport> Run([OrchestrationTrigger] TaskOrchestrationContext context, PrepareInput input)
    {
        var chunks = await context.CallActivityAsync<int>(nameof(ScanDataset), input, Retries);
        await ForEachChunk(context, nameof(SurveyChunk), input, chunks);
        if (await context.CallActivityAsync<bool>(nameof(DecideSplits), input, Retries))
        {
            await ForEachChunk(context, nameof(EncodeChunk), input, chunks);
        }

        return await context.CallActivityAsync<DatasetReport>(nameof(FinishDataset), input, Retries);
    }

    /// <summary>Each lane takes every <see cref="Lanes"/>th chunk, so at most so many are in work, and the order is the same in every replay.</summary>
    private static Task ForEachChunk(TaskOrchestrationContext context, string activity, PrepareInput input, int chunks)
    {
        return Task.WhenAll(Enumerable.Range(0, Math.Min(Lanes, chunks)).Select(Lane));

        async Task Lane(int first)
        {
            for (var chunk = first; chunk < chunks; chunk += Lanes)
            {
                await context.CallActivityAsync(activity, new ChunkInput(input.RunId, input.Base, chunk), Retries);
            }
        }
    }
}
