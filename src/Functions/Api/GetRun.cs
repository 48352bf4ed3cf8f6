using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Api;

/// <summary><c>GET /runs/{id}</c>: where a run stands, and how it ended.</summary>
public sealed class GetRun(Archive archive)
{
    [Function(nameof(GetRun))]
    public async Task<IActionResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "runs/{id}")] HttpRequest request, string id,
        [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        var run = await client.GetInstanceAsync(id, getInputsAndOutputs: true, cancellation) ?? await archive.FindAsync(id, cancellation);
        return run is null || !RunViews.IsRun(run) ? Answers.UnknownRun(id) : Answers.Ok(RunViews.Of(run, RunViews.Links(client, request, id)));
    }
}
