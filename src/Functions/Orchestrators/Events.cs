namespace ServerlessTuning.Functions.Orchestrators;

/// <summary>What orchestrations are told from outside, and tell each other.</summary>
public static class Events
{
    /// <summary>To a run: stop and clean up. Payload <see cref="CancelRequest"/>.</summary>
    public const string Cancel = "Cancel";

    /// <summary>To a run: write a checkpoint, give the machine back, wait. Payload <see cref="PauseRequest"/>.</summary>
    public const string Pause = "Pause";

    /// <summary>To a paused run: go on. Payload <see cref="ResumeRequest"/>.</summary>
    public const string Resume = "Resume";

    /// <summary>From a wait to its run. Payload: the run's status.</summary>
    public const string Progress = "Progress";

    /// <summary>To a wait: the attempt's <c>done.json</c> has arrived, look at once.</summary>
    public const string TrainerFinished = "TrainerFinished";

    /// <summary>To a wait: its run has no more use for it.</summary>
    public const string StopWaiting = "StopWaiting";
}

/// <param name="Reason">For the result; null is fine.</param>
public sealed record CancelRequest(string? Reason = null);

/// <param name="Reason">Shown while the run is paused; null is fine.</param>
public sealed record PauseRequest(string? Reason = null);

/// <param name="MaxCost">Replaces the budget's; null leaves it as it is.</param>
/// <param name="MaxDuration">Likewise.</param>
public sealed record ResumeRequest(double? MaxCost = null, TimeSpan? MaxDuration = null);
