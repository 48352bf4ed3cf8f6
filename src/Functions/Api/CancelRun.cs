using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Functions.Orchestrators;

namespace ServerlessTuning.Functions.Api;

/// <summary><c>POST /runs/{id}/cancel</c>, with <c>{ "reason": "…" }</c> or no body: the run gives back what it holds and ends as cancelled.</summary>
public sealed class CancelRun
{
    [Function(nameof(CancelRun))]
    public Task<IActionResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "runs/{id}/cancel")] HttpRequest request, string id,
        [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        RunSignals.RaiseAsync(request, id, client, Events.Cancel, new CancelRequest(), "a \"reason\"", null, cancellation);
}
