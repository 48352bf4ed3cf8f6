using Microsoft.DurableTask;

namespace ServerlessTuning.Embedded.DurableTask.Orchestrations;

/// <summary>Calls again what failed, as its options say; the waits are durable timers.</summary>
internal static class Retries
{
    /// <summary>Key in an exception's data: another attempt would only repeat the failure.</summary>
    public const string NonRetriable = "NonRetriable";

    public static async Task<T> Run<T>(TaskOrchestrationContext context, TaskRetryOptions? retry, Func<Task<T>> call)
    {
        var first = context.CurrentUtcDateTime;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (TaskFailedException failure) when (retry is not null && !failure.Data.Contains(NonRetriable))
            {
                if (!await TriesAgain(context, retry, failure, attempt, first))
                {
                    throw;
                }
            }
        }
    }

    private static async Task<bool> TriesAgain(TaskOrchestrationContext context, TaskRetryOptions retry, TaskFailedException failure, int attempt, DateTime first)
    {
        var spent = context.CurrentUtcDateTime - first;
        if (retry.Handler is { } handler)
        {
            return await handler(new RetryContext(context, attempt, failure.FailureDetails, spent, CancellationToken.None));
        }

        var policy = retry.Policy!;
        var timeIsUp = policy.RetryTimeout != Timeout.InfiniteTimeSpan && spent >= policy.RetryTimeout;
        if (attempt >= policy.MaxNumberOfAttempts || timeIsUp || !policy.Handle(failure))
        {
            return false;
        }

        await context.CreateTimer(Wait(policy, attempt), CancellationToken.None);
        return true;
    }

    /// <summary>first · coefficient^(attempt − 1), at most the longest interval.</summary>
    private static TimeSpan Wait(RetryPolicy policy, int attempt)
    {
        var milliseconds = policy.FirstRetryInterval.TotalMilliseconds * Math.Pow(policy.BackoffCoefficient, attempt - 1);
        var longest = policy.MaxRetryInterval == Timeout.InfiniteTimeSpan ? TimeSpan.FromDays(3650) : policy.MaxRetryInterval;
        return milliseconds < longest.TotalMilliseconds ? TimeSpan.FromMilliseconds(milliseconds) : longest;
    }
}
