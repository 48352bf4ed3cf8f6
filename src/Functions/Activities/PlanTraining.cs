using Microsoft.Azure.Functions.Worker;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Planning;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Activities;

/// <summary>Resolves what the request left open and writes <c>plan.json</c>. Safe to run twice: the same documents give the same plan.</summary>
public sealed class PlanTraining(RunStore runs, PublishedAdapters adapters, Estimates estimates)
{
    [Function(nameof(PlanTraining))]
    public async Task<PlanSummary> Run([ActivityTrigger] PlanInput input, CancellationToken cancellation)
    {
        var frozen = await runs.ReadAsync<FrozenRequest>(BlobPaths.Request(input.RunId), cancellation);
        var data = await runs.ReadAsync<DatasetReport>(BlobPaths.DatasetReport(input.RunId), cancellation);
        var earlier = frozen.Request.Method?.From is { } from ? await adapters.FindAsync(from, input.Base.Name, cancellation) : null;
        if (earlier?.Problem is { } problem)
        {
            return new(0, 0, [problem]);
        }

        var (plan, problems) = TrainingPlanner.Plan(frozen.Request, input.Base, data, earlier);
        if (plan is null)
        {
            return new(0, 0, problems);
        }

        var estimate = await estimates.OfAsync(plan, cancellation);
        if (estimate is not null)
        {
            plan = plan with { Reasons = [.. plan.Reasons, estimate.AsReason] };
        }

        await runs.WriteAsync(BlobPaths.Plan(input.RunId), plan, cancellation);
        await runs.NoteAsync(input.RunId, "planned", $"{plan.Training.TotalSteps} steps of {plan.Training.BatchTokens} tokens", cancellation);
        return new(plan.Training.TotalSteps, plan.Training.MicroBatchRows, [], plan.Budget, estimate?.Objection, MachineNeed.OneRow(plan));
    }
}

public sealed record PlanInput(string RunId, BaseFacts Base);

/// <summary>What the orchestration needs to know of the plan; the rest is in <c>plan.json</c>.</summary>
/// <param name="OverBudget">Why the run would cost more than it may; null when it would not.</param>
/// <param name="OneRow">What the least memory is made of: with one row at a time.</param>
public sealed record PlanSummary(int TotalSteps, int MicroBatchRows, IReadOnlyList<DatasetProblem> Problems, BudgetRequest? Budget = null, string? OverBudget = null, string? OneRow = null);
