using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Datasets.Preparation;
using ServerlessTuning.Functions.Orchestrators;

namespace ServerlessTuning.Functions.Activities.Preparation;

/// <summary>Gathers what the chunks found; when nothing is wrong, decides duplicates and splits. Run twice it writes the same blobs again.</summary>
public sealed class DecideSplits(BlobServiceClient blobs, ILogger<DecideSplits> logger)
{
    /// <returns>False when the dataset is rejected; the problems are in the report.</returns>
    [Function(nameof(DecideSplits))]
    public async Task<bool> Run([ActivityTrigger] PrepareInput input, CancellationToken cancellationToken)
    {
        var decided = await new DecideStep(new BlobPreparationStore(blobs, input.RunId, input.Base)).RunAsync(cancellationToken);
        logger.LogInformation("Run {RunId}: {Duplicates} repeated examples, {Problems} problems", input.RunId, decided.Duplicates, decided.ProblemCount);
        return decided.Usable;
    }
}
