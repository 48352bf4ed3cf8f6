using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Functions.Orchestrators;

namespace ServerlessTuning.Functions.Api;

/// <summary><c>POST /runs/{id}/pause</c>, with <c>{ "reason": "…" }</c> or no body: the trainer writes a checkpoint, its machine is given back, and the run waits.</summary>
public sealed class PauseRun
{
    [Function(nameof(PauseRun))]
    public Task<IActionResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "runs/{id}/pause")] HttpRequest request, string id,
        [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        RunSignals.RaiseAsync(request, id, client, Events.Pause, new PauseRequest(), "a \"reason\"",
            run => run.Status?.Stage == "paused" ? $"Run \"{id}\" is paused already. POST /runs/{id}/resume goes on." : null, cancellation);
}
