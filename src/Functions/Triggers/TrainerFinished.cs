using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Orchestrators;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Triggers;

/// <summary>A trainer's last word arrived: its run looks at once instead of at the next poll. Only a hint, so it may be lost or come twice.</summary>
public sealed class TrainerFinished(ILogger<TrainerFinished> logger)
{
    [Function(nameof(TrainerFinished))]
    public Task Run(
        [BlobTrigger(BlobPaths.Runs + "/{run}/attempts/{attempt}/done.json")] string done, string run, int attempt,
        [DurableClient] DurableTaskClient client, CancellationToken cancellation) => WakeAsync(done, run, attempt, client, cancellation);

    [Function("TrainerFinishedEvent")]
    public Task RunEvent(
        [BlobTrigger(BlobPaths.Runs + "/{run}/attempts/{attempt}/done.json", Source = BlobTriggerSource.EventGrid)] string done, string run, int attempt,
        [DurableClient] DurableTaskClient client, CancellationToken cancellation) => WakeAsync(done, run, attempt, client, cancellation);

    private async Task WakeAsync(string done, string run, int attempt, DurableTaskClient client, CancellationToken cancellation)
    {
        var wait = RunIds.OfWait(run, attempt);
        if (done.Length > 0 && await client.GetInstanceAsync(wait, cancellation) is { IsCompleted: false })
        {
            logger.LogDebug("Run {Run}: the last word of attempt {Attempt} arrived", run, attempt);
            await client.RaiseEventAsync(wait, Events.TrainerFinished, true, cancellation);
        }
    }
}
