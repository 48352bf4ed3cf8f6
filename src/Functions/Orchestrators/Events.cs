namespace ServerlessTuning.Functions.Orchestrators;

/// <summary>What orchestrations are told from outside, and tell each other.</summary>
public static class Events
{
    /// <summary>To a run: stop and clean up. Payload <see cref="CancelRequest"/>.</summary>
    public const string Cancel = "Cancel";

    /// <summary>From a wait to its run. Payload: the run's status.</summary>
    public const string Progress = "Progress";

    /// <summary>To a wait: the attempt's <c>done.json</c> has arrived, look at once.</summary>
    public const string TrainerFinished = "TrainerFinished";

    /// <summary>To a wait: its run has no more use for it.</summary>
    public const string StopWaiting = "StopWaiting";
}

/// <param name="Reason">For the result; null is fine.</param>
public sealed record CancelRequest(string? Reason = null);
