using Microsoft.DurableTask;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Activities;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Orchestrators;

/// <summary>Trains until it is done or hopeless: a trainer that is lost is followed by another one, which continues from the last checkpoint.</summary>
internal sealed class TrainerAttempts(TaskOrchestrationContext run, Cancellation cancel)
{
    /// <returns>Null when trained, evaluated and exported; else how the run ends.</returns>
    public async Task<RunResult?> Train(PlanSummary plan)
    {
        for (var tally = new AttemptTally(plan.MicroBatchRows); ;)
        {
            run.SetCustomStatus(new RunStatus("starting", TotalSteps: plan.TotalSteps, Attempt: tally.Attempt));
            var verdict = await Attempt(tally);
            if (verdict is { State: TrainerState.Done, ExitCode: ExitCodes.Done })
            {
                return null;
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

    private async Task<TrainerCheck> Attempt(AttemptTally tally)
    {
        try
        {
            // Not abandoned when cancelled: what may have been started must be known to be stopped.
            var trainer = await run.CallActivityAsync<StartedTrainer>(nameof(StartTrainer), new StartInput(run.InstanceId, tally.Attempt, tally.MicroBatchRows), Retries.Compute);
            return await Wait(trainer);
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
                await cancel.FirstOf(waiting, progress);
                if (progress.IsCompletedSuccessfully)
                {
                    run.SetCustomStatus(await progress);
                }
                else
                {
                    unheard.Cancel();
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
