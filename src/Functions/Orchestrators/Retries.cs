using Microsoft.DurableTask;

namespace ServerlessTuning.Functions.Orchestrators;

/// <summary>How often what is tried again, and why.</summary>
public static class Retries
{
    /// <summary>Storage answers again within seconds, or within the minutes of a failover: 8 attempts over about 4 minutes.</summary>
    public static TaskOptions Storage { get; } = new(new RetryPolicy(
        maxNumberOfAttempts: 8, firstRetryInterval: TimeSpan.FromSeconds(2), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(1)));

    /// <summary>A machine that cannot be had now may be had in some minutes: 6 attempts over about 5 minutes.</summary>
    public static TaskOptions Compute { get; } = new(new RetryPolicy(
        maxNumberOfAttempts: 6, firstRetryInterval: TimeSpan.FromSeconds(5), backoffCoefficient: 2.5, maxRetryInterval: TimeSpan.FromMinutes(3)));

    /// <summary>A run that has trained for days does not end because storage is away for an hour: about 2 hours, once a minute.</summary>
    public static TaskOptions Watching { get; } = new(new RetryPolicy(
        maxNumberOfAttempts: 120, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(1)));

    /// <summary>What is paid for must be given back: 20 attempts over about 3 hours, after which the sweeper goes on.</summary>
    public static TaskOptions Release { get; } = new(new RetryPolicy(
        maxNumberOfAttempts: 20, firstRetryInterval: TimeSpan.FromSeconds(2), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(10)));
}
