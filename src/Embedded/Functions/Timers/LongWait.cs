namespace ServerlessTuning.Embedded.Functions.Timers;

/// <summary>A wait of any length.</summary>
internal static class LongWait
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);

    /// <summary>Sleeps an hour at most and looks again: clocks are set, and a delay holds 49 days at most. Returns early when stopped.</summary>
    /// <param name="due">UTC.</param>
    public static async Task WaitUntilAsync(this TimeProvider time, DateTime due, CancellationToken stop)
    {
        while (due - time.GetUtcNow().UtcDateTime is { Ticks: > 0 } left && !stop.IsCancellationRequested)
        {
            await Task.Delay(left < LongestSleep ? left : LongestSleep, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
