namespace Microsoft.DurableTask;

/// <summary>Says whether a failed call is tried once more.</summary>
public delegate bool RetryHandler(RetryContext retryContext);

/// <summary>Says whether a failed call is tried once more; may await durable tasks, for example a timer.</summary>
public delegate Task<bool> AsyncRetryHandler(RetryContext retryContext);

/// <summary>What a retry handler decides by.</summary>
/// <param name="LastAttemptNumber">The attempt that failed, counted from 1.</param>
/// <param name="TotalRetryTime">Time since the first attempt, by the orchestration's clock.</param>
public record RetryContext(
    TaskOrchestrationContext OrchestrationContext,
    int LastAttemptNumber,
    TaskFailureDetails LastFailure,
    TimeSpan TotalRetryTime,
    CancellationToken CancellationToken);
