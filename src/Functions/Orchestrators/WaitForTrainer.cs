using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Activities;

namespace ServerlessTuning.Functions.Orchestrators;

/// <summary>
/// Waits for one attempt's trainer: looks after it at a steady pace, or at once when its last word arrives. It may take days, so it continues as new and its
/// history stays short; what must be given back in the end is held by its run, never here.
/// </summary>
public static class WaitForTrainer
{
    private const int LooksAGeneration = 50;

    [Function(nameof(WaitForTrainer))]
    public static async Task<TrainerCheck> Run([OrchestrationTrigger] TaskOrchestrationContext wait, WaitInput input)
    {
        for (var look = 0; look < LooksAGeneration; look++)
        {
            var check = await wait.CallActivityAsync<TrainerCheck>(nameof(CheckTrainer), input.Trainer, Retries.Watching);
            if (check.State != TrainerState.Alive)
            {
                return check;
            }

            input = Report(wait, input, check.Heartbeat, check.Bill);
            if (!await Sleep(wait, input.Trainer.Poll))
            {
                return check;
            }
        }

        wait.ContinueAsNew(input);
        return new(TrainerState.Alive);
    }

    /// <summary>
    /// Tells the run how far the trainer is, when that has changed; a new stage at once, else after a hundredth of the time waited so far: less than a
    /// thousand reports in a month.
    /// </summary>
    private static WaitInput Report(TaskOrchestrationContext wait, WaitInput input, Heartbeat? heartbeat, Bill? bill)
    {
        var now = wait.CurrentUtcDateTime;
        input = input with { Since = input.Since ?? now };
        if (heartbeat is null || heartbeat.At == input.Reported?.At
            || (heartbeat.Stage == input.Reported?.Stage && heartbeat.Notice == input.Reported?.Notice && now - input.ReportedAt < (now - input.Since.Value) / 100))
        {
            return input;
        }

        wait.SendEvent(input.Run, Events.Progress, new RunStatus(
            heartbeat.Stage.ToString().ToLowerInvariant(), heartbeat.Step, heartbeat.TotalSteps, heartbeat.Loss, heartbeat.ValidationLoss,
            heartbeat.TokensPerSecond, heartbeat.SecondsLeft, input.Trainer.Attempt, heartbeat.Notice, bill));
        return input with { Reported = heartbeat, ReportedAt = now };
    }

    /// <returns>False when nobody waits for this wait any more.</returns>
    private static async Task<bool> Sleep(TaskOrchestrationContext wait, TimeSpan poll)
    {
        using var others = new CancellationTokenSource();
        var timer = wait.CreateTimer(poll, others.Token);
        var finished = wait.WaitForExternalEvent<bool>(Events.TrainerFinished, others.Token);
        var stop = wait.WaitForExternalEvent<bool>(Events.StopWaiting, others.Token);
        var first = await Task.WhenAny(stop, finished, timer);
        others.Cancel();
        return first != stop;
    }
}

/// <param name="Run">The orchestration to report to.</param>
/// <param name="Since">When the wait began.</param>
/// <param name="Reported">The heartbeat reported last.</param>
public sealed record WaitInput(StartedTrainer Trainer, string Run, DateTime? Since = null, Heartbeat? Reported = null, DateTime? ReportedAt = null);
