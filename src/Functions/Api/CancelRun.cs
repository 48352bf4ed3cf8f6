using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Orchestrators;

namespace ServerlessTuning.Functions.Api;

/// <summary><c>POST /runs/{id}/cancel</c>, with <c>{ "reason": "…" }</c> or no body: the run gives back what it holds and ends as cancelled.</summary>
public sealed class CancelRun
{
    [Function(nameof(CancelRun))]
    public async Task<IActionResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "runs/{id}/cancel")] HttpRequest request, string id,
        [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        if (await client.GetInstanceAsync(id, getInputsAndOutputs: true, cancellation) is not { } run || !RunViews.IsRun(run))
        {
            return Answers.UnknownRun(id);
        }

        if (run.IsCompleted)
        {
            return Answers.Refused(StatusCodes.Status410Gone, $"Run \"{id}\" has ended already: {run.RuntimeStatus}. GET /runs/{id} says how.");
        }

        CancelRequest? asked;
        try
        {
            asked = request.ContentLength is null or 0 ? new() : await JsonSerializer.DeserializeAsync<CancelRequest>(request.Body, TuningJson.Options, cancellation);
        }
        catch (JsonException e)
        {
            return Answers.Refused(StatusCodes.Status400BadRequest, $"The body is not a JSON object with a \"reason\" ({e.Message}). Correct it, or send none.");
        }

        await client.RaiseEventAsync(id, Events.Cancel, asked ?? new(), cancellation);
        return Answers.Json(StatusCodes.Status202Accepted, RunViews.Of(run, RunViews.Links(client, request, id)));
    }
}
