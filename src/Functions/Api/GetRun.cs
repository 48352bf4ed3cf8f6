using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Api;

/// <summary><c>GET /runs/{id}</c>: where a run stands, and how it ended.</summary>
public sealed class GetRun(Archive archive, MachineLogs machines)
{
    [Function(nameof(GetRun))]
    public async Task<IActionResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "runs/{id}")] HttpRequest request, string id,
        [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        var run = await client.GetInstanceAsync(id, getInputsAndOutputs: true, cancellation) ?? await archive.FindAsync(id, cancellation);
        return run is null || !RunViews.IsRun(run) ? Answers.UnknownRun(id) : Answers.Ok(await WithBillAsync(RunViews.Of(run, RunViews.Links(client, request, id)), cancellation));
    }

    /// <summary>A run that was ended from outside wrote no result, so what it cost is counted here.</summary>
    private async Task<RunView> WithBillAsync(RunView run, CancellationToken cancellation) => run is { RuntimeStatus: "Terminated" or "Failed", Result: { Bill: null } result }
        ? run with { Result = result with { Bill = await machines.BillAsync(run.Id, cancellation) } }
        : run;
}
