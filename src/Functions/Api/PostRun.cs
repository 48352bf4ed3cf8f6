using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Orchestrators;
using ServerlessTuning.Functions.Registry;
using ServerlessTuning.Functions.Triggers;

namespace ServerlessTuning.Functions.Api;

/// <summary>
/// <c>POST /runs</c> with a request as body starts a run on files that are in the drop zone already. Each call is a run of its own, also with the same body,
/// unless it carries an <c>Idempotency-Key</c> that was seen before.
/// </summary>
public sealed class PostRun(RunStore runs, Archive archive, DatasetFolders folders, TimeProvider time)
{
    private const int LongestBody = 1 << 20;

    [Function(nameof(PostRun))]
    public async Task<IActionResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "runs")] HttpRequest request, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        if (await BodyAsync(request, cancellation) is not { } body)
        {
            return Answers.Refused(StatusCodes.Status413PayloadTooLarge, $"The body is longer than {LongestBody} bytes. A request is small; data belongs into the container {BlobPaths.Datasets}.");
        }

        var (asked, problems) = RequestParser.Parse(body, "body");
        if (asked is null)
        {
            return Answers.Refused(StatusCodes.Status400BadRequest, "The request has problems.", problems);
        }

        if (asked.Dataset is not { } dataset)
        {
            return Answers.Refused(StatusCodes.Status400BadRequest, "The request has problems.",
                [new("body", null, "dataset", "nothing", $"the name of a folder in the container {BlobPaths.Datasets}", "Name the dataset that the run shall learn from.")]);
        }

        if (!(await folders.ListAsync(dataset, cancellation)).Files.Any(file => file.Split == DatasetSplit.Train))
        {
            return Answers.Refused(StatusCodes.Status404NotFound,
                $"There is no training file {BlobPaths.Datasets}/{dataset}/train.*. Upload one first (its arrival alone starts a run with the folder's tuning.json), then post again.");
        }

        return await StartAsync(request, client, dataset, asked, cancellation);
    }

    private async Task<IActionResult> StartAsync(HttpRequest request, DurableTaskClient client, string dataset, TuningRequest asked, CancellationToken cancellation)
    {
        var key = request.Headers["Idempotency-Key"].ToString();
        var id = RunIds.OfPost(dataset, key.Length > 0 ? key : RandomNumberGenerator.GetHexString(32));
        if (!await runs.CreateAsync(BlobPaths.Asked(id), asked, cancellation)
            && RunIds.Hash(await runs.ReadAsync<TuningRequest>(BlobPaths.Asked(id), cancellation)) != RunIds.Hash(asked))
        {
            return Answers.Refused(StatusCodes.Status422UnprocessableEntity, $"The Idempotency-Key \"{key}\" was used for another request, which is run {id}. Use a new key for a new request.");
        }

        await client.StartOnceAsync(archive, id, new TuneInput(dataset, IsPosted: true), cancellation);
        request.HttpContext.Response.Headers.Location = RunViews.UriOf(request, id);
        var now = time.GetUtcNow();
        var links = RunViews.Links(client, request, id);
        return Answers.Json(StatusCodes.Status202Accepted, new RunView(id, dataset, nameof(OrchestrationRuntimeStatus.Pending), now, now, null, null, Links: links));
    }

    /// <returns>Null when it is too long.</returns>
    private static async Task<byte[]?> BodyAsync(HttpRequest request, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await request.Body.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            body.Write(buffer, 0, read);
            if (body.Length > LongestBody)
            {
                return null;
            }
        }

        return body.ToArray();
    }
}
