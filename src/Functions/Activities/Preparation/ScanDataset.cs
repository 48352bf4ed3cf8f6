using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Preparation;
using ServerlessTuning.Functions.Orchestrators;

namespace ServerlessTuning.Functions.Activities.Preparation;

/// <summary>Unpacks, tells formats and cuts the dataset's files into chunks. Run twice it writes the same blobs again.</summary>
public sealed class ScanDataset(BlobServiceClient blobs, ILogger<ScanDataset> logger)
{
    /// <returns>The number of chunks; 0 when the dataset is already known to be unusable.</returns>
    [Function(nameof(ScanDataset))]
    public async Task<int> Run([ActivityTrigger] PrepareInput input, CancellationToken cancellationToken)
    {
        var content = await blobs.GetBlobContainerClient(BlobPaths.Runs).GetBlobClient(BlobPaths.Request(input.RunId)).DownloadContentAsync(cancellationToken);
        var request = content.Value.Content.ToObjectFromJson<FrozenRequest>(TuningJson.Options)!;
        var scan = await new ScanStep(new BlobPreparationStore(blobs, input.RunId, input.Base)).RunAsync(request, cancellationToken);
        logger.LogInformation("Run {RunId}: {Files} files in {Chunks} chunks, {Problems} problems so far", input.RunId, scan.Files.Count, scan.Chunks.Count, scan.Problems.Count);
        return scan.Problems.Count > 0 ? 0 : scan.Chunks.Count;
    }
}
