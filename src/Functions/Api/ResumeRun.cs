using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Functions.Orchestrators;

namespace ServerlessTuning.Functions.Api;

/// <summary><c>POST /runs/{id}/resume</c>, with <c>{ "maxCost": 20, "maxDuration": "08:00:00" }</c> or no body: a paused run goes on from its checkpoint.</summary>
public sealed class ResumeRun
{
    [Function(nameof(ResumeRun))]
    public Task<IActionResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "runs/{id}/resume")] HttpRequest request, string id,
        [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        RunSignals.RaiseAsync(request, id, client, Events.Resume, new ResumeRequest(), "\"maxCost\" and \"maxDuration\"",
            run => run.Status?.Stage == "paused" ? null : $"Run \"{id}\" is not paused but at \"{run.Status?.Stage ?? "pending"}\". GET /runs/{id} tells when it is.", cancellation);
}
