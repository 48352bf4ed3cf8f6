using Microsoft.Azure.Functions.Worker;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Activities;

/// <summary>Writes <c>result.json</c>, the run's last document. Safe to run twice: it comes out the same.</summary>
public sealed class RecordResult(RunStore runs)
{
    [Function(nameof(RecordResult))]
    public async Task Run([ActivityTrigger] RecordInput input, CancellationToken cancellation)
    {
        await runs.WriteAsync(BlobPaths.Result(input.RunId), input.Result, cancellation);
        await runs.NoteAsync(input.RunId, "ended", $"{input.Result.Outcome}: {input.Result.Reason}", cancellation);
    }
}

public sealed record RecordInput(string RunId, RunResult Result);
