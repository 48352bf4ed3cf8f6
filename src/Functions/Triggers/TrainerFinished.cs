using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Orchestrators;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Triggers;

/// <summary>A trainer's last word arrived: its run looks at once instead of at the next poll. Only a hint, so it may be lost or come twice.</summary>
public sealed class TrainerFinished
{
    [Function(nameof(TrainerFinished))]
    public async Task Run(
        [BlobTrigger(BlobPaths.Runs + "/{run}/attempts/{attempt}/done.json")] string done, string run, int attempt,
        [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        var wait = RunIds.OfWait(run, attempt);
        if (done.Length > 0 && await client.GetInstanceAsync(wait, cancellation) is { IsCompleted: false })
        {
            await client.RaiseEventAsync(wait, Events.TrainerFinished, true, cancellation);
        }
    }
}
