using Azure;
using Microsoft.Extensions.Logging;

namespace ServerlessTuning.Embedded.Functions.Blobs;

/// <summary>Storage may be away for minutes: waits with growing pauses, says so once, and goes on. What it refuses for good it is not asked again.</summary>
internal sealed class StoragePatience(ILogger log)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>Tries until it works or the host stops.</summary>
    /// <exception cref="RequestFailedException">Storage refuses for good, and <paramref name="evenRefused"/> is false.</exception>
    public async Task Until(string what, Func<Task> work, CancellationToken stop, bool evenRefused = false)
    {
        for (var failures = 0; !stop.IsCancellationRequested; failures++)
        {
            try
            {
                await work();
                if (failures > 0)
                {
                    log.LogInformation("Storage answers again ({What})", what);
                }

                return;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (IsOutage(e) || (evenRefused && IsRefusal(e)))
            {
                if (failures == 0)
                {
                    log.LogWarning("Storage does not answer ({What}): {Message}. Trying on", what, e.Message.Split('\n')[0]);
                }

                await Task.Delay(Pause(failures), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Said no to this very request, and will say it again: a bad name, no right.</summary>
    public static bool IsRefusal(Exception e) => e is RequestFailedException { Status: >= 400 and < 500 and not (408 or 429) };

    private static bool IsOutage(Exception e) => !IsRefusal(e) && e is RequestFailedException or AggregateException or IOException or HttpRequestException or TaskCanceledException;

    private static TimeSpan Pause(int failures) => TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, 0.5 * Math.Pow(2, failures)));
}
