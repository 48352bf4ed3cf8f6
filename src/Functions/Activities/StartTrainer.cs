using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Options;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Activities;

/// <summary>
/// Writes an attempt's work order and starts its trainer.
/// Safe to run twice: the order comes out the same, a trainer that lives or has finished is left alone, and of two that were started the second finds the run locked.
/// </summary>
public sealed class StartTrainer(RunStore runs, ITrainers trainers, IOptions<TuningOptions> settings, IOptions<AzureOptions> azure)
{
    private static readonly Stage[] Stages = [Stage.Train, Stage.Evaluate, Stage.Export];

    /// <exception cref="TrainerMissingException">There is no trainer to start.</exception>
    [Function(nameof(StartTrainer))]
    public async Task<StartedTrainer> Run([ActivityTrigger] StartInput input, CancellationToken cancellation)
    {
        if (await runs.FindAsync<TrainerDone>(BlobPaths.Done(input.RunId, input.Attempt), cancellation) is null)
        {
            var order = await OrderAsync(input, cancellation);
            await runs.WriteAsync(BlobPaths.Order(input.RunId, input.Attempt), order, cancellation);
            await runs.WriteAsync(BlobPaths.Lease(input.RunId, input.Attempt), new Lease(input.Attempt), cancellation);
            try
            {
                await trainers.StartAsync(input.RunId, input.Attempt, cancellation);
            }
            catch (NoMachineException e)
            {
                return await RefusedAsync(input, e, e.Policy, cancellation);
            }
            catch (AzureSilentException e)
            {
                return await RefusedAsync(input, e, FailurePolicy.Later, cancellation);
            }
            catch (BudgetException e)
            {
                return Trainer(input) with { Refusal = new(e.Message, null, e.Bill) };
            }

            await runs.NoteAsync(input.RunId, "started", $"attempt {input.Attempt}, {order.Plan.Training.MicroBatchRows} rows at once", cancellation);
        }

        return Trainer(input);
    }

    /// <summary>An answer and not an exception: what kind of exception it was does not survive the way to the orchestrator.</summary>
    private async Task<StartedTrainer> RefusedAsync(StartInput input, Exception why, FailurePolicy policy, CancellationToken cancellation)
    {
        await runs.NoteAsync(input.RunId, "no_machine", why.Message, cancellation);
        return Trainer(input) with { Refusal = new(ErrorText.Cut(why.Message), policy == FailurePolicy.GiveUp ? null : TimeSpan.FromMinutes(azure.Value.RefusalMinutes)) };
    }

    private StartedTrainer Trainer(StartInput input) => new(input.RunId, input.Attempt, TimeSpan.FromSeconds(settings.Value.PollSeconds), input.Budget);

    private async Task<WorkOrder> OrderAsync(StartInput input, CancellationToken cancellation)
    {
        var plan = await runs.ReadAsync<TuningPlan>(BlobPaths.Plan(input.RunId), cancellation);
        var data = await runs.ReadAsync<DatasetReport>(BlobPaths.DatasetReport(input.RunId), cancellation);
        var training = plan.Training with { MicroBatchRows = input.MicroBatchRows };
        return new(input.RunId, input.Attempt, Epoch: input.Attempt, plan with { Training = training, Budget = input.Budget }, data, Stages, HeartbeatSeconds: settings.Value.PollSeconds);
    }
}

/// <param name="MicroBatchRows">The plan's, or fewer after memory ran out.</param>
/// <param name="Budget">The plan's, or what a person raised it to.</param>
public sealed record StartInput(string RunId, int Attempt, int MicroBatchRows, BudgetRequest? Budget = null);

/// <param name="Poll">How often to look after it.</param>
/// <param name="Budget">What the run may use at most, all attempts together.</param>
/// <param name="Refusal">Why there is no trainer; null when there is one.</param>
public sealed record StartedTrainer(string RunId, int Attempt, TimeSpan Poll, BudgetRequest? Budget = null, Refused? Refusal = null);

/// <param name="TryAgain">When a machine may be had; null when a person has to change something first.</param>
/// <param name="NearLimit">What the run has cost, when there is no budget for another machine.</param>
public sealed record Refused(string Words, TimeSpan? TryAgain, Bill? NearLimit = null);

/// <summary><c>attempts/{k}/lease.json</c>; its age is what counts.</summary>
public sealed record Lease(int Attempt);
