namespace ServerlessTuning.Embedded.Functions.Blobs;

/// <summary>What stands in the queue between finding a blob and running its function; the form of Azure's storage extension.</summary>
/// <param name="Type">BlobTrigger.</param>
/// <param name="FunctionId">The function's name.</param>
/// <param name="BlobType">BlockBlob, AppendBlob or PageBlob.</param>
/// <param name="ETag">Of the version that was found, without quotation marks.</param>
internal sealed record BlobMessage(string Type, string FunctionId, string BlobType, string ContainerName, string BlobName, string ETag);
