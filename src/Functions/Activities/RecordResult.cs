using Microsoft.Azure.Functions.Worker;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Activities;

/// <summary>Writes <c>result.json</c>, the run's last document. Safe to run twice: it comes out the same, but for the cost of a machine that is not yet known to be gone.</summary>
public sealed class RecordResult(RunStore runs, MachineLogs machines)
{
    [Function(nameof(RecordResult))]
    public async Task<RunResult> Run([ActivityTrigger] RecordInput input, CancellationToken cancellation)
    {
        var result = input.Result with { Bill = await machines.BillAsync(input.RunId, cancellation) };
        await runs.WriteAsync(BlobPaths.Result(input.RunId), result, cancellation);
        await runs.NoteAsync(input.RunId, "ended", $"{input.Result.Outcome}: {input.Result.Reason}", cancellation);
        return result;
    }
}

public sealed record RecordInput(string RunId, RunResult Result);
