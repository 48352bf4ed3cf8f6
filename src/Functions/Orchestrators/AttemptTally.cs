using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Activities;

namespace ServerlessTuning.Functions.Orchestrators;

/// <summary>What happened to a run's trainers so far, and what follows from it. Pure.</summary>
/// <param name="MicroBatchRows">Halved each time memory runs out.</param>
/// <param name="Attempt">The one under way, counted from 1.</param>
/// <param name="Evictions">Interrupted or lost.</param>
/// <param name="Failures">Ended by themselves with an error.</param>
/// <param name="Refusals">Times in a row that no machine was to be had.</param>
/// <param name="TryAgain">After a refusal: when to ask again.</param>
/// <param name="OneRow">What one row at a time needs, in words.</param>
internal sealed record AttemptTally(int MicroBatchRows, int Attempt = 1, int Evictions = 0, int Failures = 0, int Refusals = 0, TimeSpan TryAgain = default, string? OneRow = null)
{
    /// <summary>A cheap machine may be taken away a few times; each time work since the last checkpoint is done again.</summary>
    public const int MostEvictions = 10;

    /// <summary>An error that comes three times comes always.</summary>
    public const int MostFailures = 3;

    /// <summary>With the default of ten minutes between them: an hour.</summary>
    public const int MostRefusals = 6;

    /// <summary>Before the next attempt: none after an eviction, longer with each failure, because what failed may pass.</summary>
    public TimeSpan Pause => Refusals > 0 ? TryAgain : TimeSpan.FromSeconds(5 * Failures);

    /// <summary>After a pause: another machine, and nothing to count.</summary>
    public AttemptTally Resumed => this with { Attempt = Attempt + 1 };

    /// <returns>The tally for the next attempt, or how the run ends.</returns>
    public (AttemptTally Next, RunResult? Ended) After(TrainerCheck verdict)
    {
        if (verdict.State == TrainerState.Refused)
        {
            return verdict.TryAgain is { } wait && Refusals + 1 < MostRefusals ? (this with { Attempt = Attempt + 1, Refusals = Refusals + 1, TryAgain = wait }, null)
                : (this, Endings.Failed(verdict.Error ?? "No machine can be had."));
        }

        var next = this with { Attempt = Attempt + 1, Refusals = 0 };
        return verdict switch
        {
            { State: TrainerState.Done, ExitCode: ExitCodes.RequestAtFault } => (this, Endings.Rejected(verdict.Error ?? "The trainer cannot carry out the request.")),
            { State: TrainerState.Done, ExitCode: ExitCodes.OutOfMemory } => MicroBatchRows > 1 ? (next with { MicroBatchRows = MicroBatchRows / 2 }, null)
                : (this, Endings.Rejected($"Memory ran out even with one row at a time: {verdict.Error} {OneRow} Ask for a shorter contextLength, a method or an optimizer that keeps less, a smaller base or a larger machine.")),
            { State: TrainerState.Done, ExitCode: not ExitCodes.Interrupted } => Failures + 1 < MostFailures ? (next with { Failures = Failures + 1 }, null)
                : (this, Endings.Failed($"The trainer failed {MostFailures} times; the folders attempts/ of the run have its logs. The last time with: {verdict.Error}")),
            _ => Evictions < MostEvictions ? (next with { Evictions = Evictions + 1 }, null)
                : (this, new RunResult(Outcome.EvictedTooOften, $"The trainer was interrupted {Evictions + 1} times; the last time: {verdict.Error}. Start the run with machines that are not taken away (Tuning:Azure:Spot=false), or where they are taken away less often (Tuning:Azure:Places).")),
        };
    }
}
