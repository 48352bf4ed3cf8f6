using Azure;
using Azure.Storage.Blobs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Api;

/// <summary><c>GET /health</c>: 200 when storage answers, 503 when it does not.</summary>
public sealed class Health(BlobServiceClient blobs)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Function(nameof(Health))]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health")] HttpRequest request, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            await blobs.GetBlobContainerClient(BlobPaths.Runs).ExistsAsync(limit.Token);
            return Answers.Ok(new { status = "healthy" });
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return Answers.Refused(StatusCodes.Status503ServiceUnavailable, "Storage does not answer. Is the account (or the emulator) up, and may this app reach it?");
        }
    }
}
