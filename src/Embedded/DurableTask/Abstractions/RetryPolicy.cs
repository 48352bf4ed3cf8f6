namespace Microsoft.DurableTask;

/// <summary>Tries a failed call again after growing intervals.</summary>
public class RetryPolicy
{
    /// <param name="maxNumberOfAttempts">The first one included; at least 1.</param>
    /// <param name="firstRetryInterval">Wait before the second attempt; above zero.</param>
    /// <param name="backoffCoefficient">Each further wait is this many times longer; at least 1.</param>
    /// <param name="maxRetryInterval">Longest wait; at least the first one. Default one hour.</param>
    /// <param name="retryTimeout">No further attempt once this much time has passed. Default: no limit.</param>
    public RetryPolicy(
        int maxNumberOfAttempts,
        TimeSpan firstRetryInterval,
        double backoffCoefficient = 1.0,
        TimeSpan? maxRetryInterval = null,
        TimeSpan? retryTimeout = null)
    {
        Require(maxNumberOfAttempts > 0, nameof(maxNumberOfAttempts), maxNumberOfAttempts, "greater than zero");
        Require(firstRetryInterval > TimeSpan.Zero, nameof(firstRetryInterval), firstRetryInterval, "greater than zero");
        Require(backoffCoefficient >= 1.0, nameof(backoffCoefficient), backoffCoefficient, "at least 1.0");
        Require(IsUnlimitedOrAtLeast(maxRetryInterval, firstRetryInterval), nameof(maxRetryInterval), maxRetryInterval, "at least firstRetryInterval");
        Require(IsUnlimitedOrAtLeast(retryTimeout, firstRetryInterval), nameof(retryTimeout), retryTimeout, "at least firstRetryInterval");
        MaxNumberOfAttempts = maxNumberOfAttempts;
        FirstRetryInterval = firstRetryInterval;
        BackoffCoefficient = backoffCoefficient;
        MaxRetryInterval = maxRetryInterval ?? TimeSpan.FromHours(1);
        RetryTimeout = retryTimeout ?? Timeout.InfiniteTimeSpan;
    }

    public int MaxNumberOfAttempts { get; }

    public TimeSpan FirstRetryInterval { get; }

    public double BackoffCoefficient { get; }

    public TimeSpan MaxRetryInterval { get; }

    public TimeSpan RetryTimeout { get; }

    /// <summary>Which failures are tried again. Default: all.</summary>
    public Func<Exception, bool> Handle { get; private init; } = _ => true;

    /// <inheritdoc cref="Handle"/>
    public Func<TaskFailureDetails, bool> HandleFailure
    {
        init => Handle = failure => value(failure is TaskFailedException task
            ? task.FailureDetails
            : throw new InvalidOperationException($"A retry filter was given a {failure.GetType()}; it takes a {nameof(TaskFailedException)}."));
    }

    private static bool IsUnlimitedOrAtLeast(TimeSpan? value, TimeSpan first) =>
        value is null || value == Timeout.InfiniteTimeSpan || value >= first;

    private static void Require(bool holds, string name, object? value, string rule)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(name, value, $"The value for {name} must be {rule}.");
        }
    }
}
