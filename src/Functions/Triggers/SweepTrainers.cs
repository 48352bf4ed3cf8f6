using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Functions.Compute;

namespace ServerlessTuning.Functions.Triggers;

/// <summary>
/// Stops trainers whose run is not alive any more: terminated from outside, purged, or ended without its clean-up; and those past the time that their tag allows. The third lock on the door;
/// the first is the run's <c>finally</c>, the second the trainer's own lease.
/// </summary>
public sealed class SweepTrainers(ITrainers trainers, ILogger<SweepTrainers> logger)
{
    [Function(nameof(SweepTrainers))]
    public async Task Run([TimerTrigger("0 */2 * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        await trainers.EndKeptAsync(cancellation);
        foreach (var run in await trainers.ListExpiredAsync(cancellation))
        {
            logger.LogWarning("Run {Run} has a trainer that is past its time or switched off: stopping it", run);
            await trainers.StopAsync(run, cancellation);
        }

        foreach (var run in await trainers.ListAsync(cancellation))
        {
            var instance = await client.GetInstanceAsync(run, cancellation);
            if (instance is null || instance.IsCompleted)
            {
                logger.LogWarning("Run {Run} is {Status} but nobody has stopped its trainer: stopping it", run, instance?.RuntimeStatus.ToString() ?? "gone");
                await trainers.StopAsync(run, cancellation);
            }
        }
    }
}
