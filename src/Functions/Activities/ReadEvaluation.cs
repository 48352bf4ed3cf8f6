using Microsoft.Azure.Functions.Worker;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Planning;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Activities;

/// <summary>Reads what the trainer's evaluation found. Reads only, so it may run twice.</summary>
public sealed class ReadEvaluation(RunStore runs)
{
    [Function(nameof(ReadEvaluation))]
    public async Task<Evaluated> Run([ActivityTrigger] string run, CancellationToken cancellation)
    {
        var report = await runs.ReadAsync<EvaluationReport>(BlobPaths.Evaluation(run), cancellation);
        var plan = await runs.ReadAsync<TuningPlan>(BlobPaths.Plan(run), cancellation);
        return new(report.Base with { ByLabel = null }, report.Tuned with { ByLabel = null }, plan.Gate.MinimumImprovement, plan.Task);
    }
}
