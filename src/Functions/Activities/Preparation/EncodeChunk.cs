using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using ServerlessTuning.Datasets.Preparation;

namespace ServerlessTuning.Functions.Activities.Preparation;

/// <summary>Renders, tokenizes and masks one chunk and writes its token shards. Run twice it writes the same blobs again.</summary>
public sealed class EncodeChunk(BlobServiceClient blobs)
{
    [Function(nameof(EncodeChunk))]
    public async Task Run([ActivityTrigger] ChunkInput input, CancellationToken cancellationToken)
    {
        var store = new BlobPreparationStore(blobs, input.RunId, input.Base);
        var rendering = await EncodeStep.OpenRenderingAsync(store, cancellationToken);
        await new EncodeStep(store, rendering).RunAsync(input.Chunk, cancellationToken);
    }
}
