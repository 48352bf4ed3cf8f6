using Microsoft.DurableTask;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Activities;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Orchestrators;

/// <summary>Trains until it is done or hopeless: a trainer that is lost is followed by another one, which continues from the last checkpoint.</summary>
internal sealed class TrainerAttempts(TaskOrchestrationContext run, Cancellation cancel)
{
    private readonly Pauses pauses = new(run, cancel);

    /// <returns>Null when trained, evaluated and exported; else how the run ends.</returns>
    public async Task<RunResult?> Train(PlanSummary plan)
    {
        var budget = plan.Budget;
        for (var tally = new AttemptTally(plan.MicroBatchRows, OneRow: plan.OneRow); ;)
        {
            run.SetCustomStatus(new RunStatus("starting", TotalSteps: plan.TotalSteps, Attempt: tally.Attempt));
            var verdict = await Attempt(tally, budget);
            if (verdict is { State: TrainerState.Done, ExitCode: ExitCodes.Done })
            {
                return null;
            }

            if (verdict.State is TrainerState.Paused or TrainerState.NearLimit)
            {
                if (await pauses.Answer(verdict, budget) is not { } answer)
                {
                    return Endings.OverBudget($"{verdict.Error} Nobody resumed the run in {Pauses.Longest.TotalDays:0} days. Its checkpoints are kept.");
                }

                (budget, tally) = (answer, tally.Resumed);
                continue;
            }

            (tally, var ended) = tally.After(verdict);
            if (ended is not null)
            {
                return ended;
            }

            using var timer = new CancellationTokenSource();
            await cancel.Unless(run.CreateTimer(tally.Pause, timer.Token));
        }
    }

    private async Task<TrainerCheck> Attempt(AttemptTally tally, BudgetRequest? budget)
    {
        try
        {
            // Not abandoned when cancelled: what may have been started must be known to be stopped.
            var trainer = await run.CallActivityAsync<StartedTrainer>(nameof(StartTrainer), new StartInput(run.InstanceId, tally.Attempt, tally.MicroBatchRows, budget), Retries.Compute);
            return trainer.Refusal switch
            {
                null => await Wait(trainer),
                { NearLimit: { } bill } spent => new(TrainerState.NearLimit, Error: spent.Words, Bill: bill),
                var refused => new(TrainerState.Refused, Error: refused.Words, TryAgain: refused.TryAgain),
            };
        }
        finally
        {
            await run.CallActivityAsync(nameof(StopTrainer), run.InstanceId, Retries.Release); // a machine must not outlive its attempt
        }
    }

    /// <summary>Shows the progress that the wait reports, until the wait is over.</summary>
    private async Task<TrainerCheck> Wait(StartedTrainer trainer)
    {
        var child = RunIds.OfWait(run.InstanceId, trainer.Attempt);
        var waiting = run.CallSubOrchestratorAsync<TrainerCheck>(nameof(WaitForTrainer), new WaitInput(trainer, run.InstanceId), new SubOrchestrationOptions(instanceId: child));
        try
        {
            while (!waiting.IsCompleted)
            {
                using var unheard = new CancellationTokenSource();
                var progress = run.WaitForExternalEvent<RunStatus>(Events.Progress, unheard.Token);
                await cancel.FirstOf(waiting, pauses.Asked, progress);
                if (progress.IsCompletedSuccessfully)
                {
                    run.SetCustomStatus(await progress);
                    continue;
                }

                unheard.Cancel();
                if (pauses.Asked.IsCompleted && !waiting.IsCompleted)
                {
                    run.SendEvent(child, Events.StopWaiting, true);
                    return new(TrainerState.Paused, Error: "A person paused the run.");
                }
            }

            return await waiting;
        }
        catch (RunCancelledException)
        {
            run.SendEvent(child, Events.StopWaiting, true);
            throw;
        }
    }
}
