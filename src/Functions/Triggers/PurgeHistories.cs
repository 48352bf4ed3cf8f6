using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessTuning.Functions.Options;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Triggers;

/// <summary>
/// Once a night: moves orchestrations that ended long ago out of the durable backend, whose tables would grow for ever, into a blob each. Written before it is
/// purged, so a night that breaks off loses nothing, and the next one goes on.
/// </summary>
public sealed class PurgeHistories(Archive archive, IOptions<TuningOptions> settings, TimeProvider time, ILogger<PurgeHistories> logger)
{
    [Function(nameof(PurgeHistories))]
    public async Task Run([TimerTrigger("0 43 4 * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        var before = time.GetUtcNow() - TimeSpan.FromDays(settings.Value.HistoryDays);
        var purged = 0;
        await foreach (var ended in client.GetAllInstancesAsync(EndedAmong(before)).WithCancellation(cancellation))
        {
            if (ended.LastUpdatedAt < before)
            {
                await archive.WriteAsync(ended, cancellation);
                await client.PurgeInstanceAsync(ended.InstanceId, cancellation);
                purged++;
            }
        }

        logger.LogInformation("{Count} orchestrations that ended before {Before:u} were archived and purged", purged, before);
    }

    /// <summary>What began before a moment and has ended by now.</summary>
    private static OrchestrationQuery EndedAmong(DateTimeOffset before) => new(
        CreatedTo: before, Statuses: [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated], FetchInputsAndOutputs: true);
}
