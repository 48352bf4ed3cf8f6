using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using ServerlessTuning.Datasets.Preparation;

namespace ServerlessTuning.Functions.Activities.Preparation;

/// <summary>Validates one chunk and writes its examples' fingerprints. Run twice it writes the same blobs again.</summary>
public sealed class SurveyChunk(BlobServiceClient blobs)
{
    [Function(nameof(SurveyChunk))]
    public async Task Run([ActivityTrigger] ChunkInput input, CancellationToken cancellationToken) =>
        await new SurveyStep(new BlobPreparationStore(blobs, input.RunId, input.Base)).RunAsync(input.Chunk, cancellationToken);
}
