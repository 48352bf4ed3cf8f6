using Microsoft.Azure.Functions.Worker;
using ServerlessTuning.Embedded.Functions.Discovery;

namespace ServerlessTuning.Embedded.Functions.Blobs;

/// <summary>A function that blobs trigger, and which blobs.</summary>
internal sealed record BlobTrigger(FunctionMethod Function, BlobPathPattern Pattern)
{
    public static BlobTrigger Of(FunctionMethod function, BlobTriggerAttribute trigger) => new(function, new(trigger.BlobPath));
}
