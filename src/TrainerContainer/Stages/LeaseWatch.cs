using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Reporting;
using ServerlessTuning.Trainer.Storage;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>
/// The dead man's switch: nobody pays for a machine that nobody waits for. The control plane renews <c>lease.json</c> while it lives; when it is older
/// than the order allows, by the storage's own clock, the trainer is asked to stop. A storage that does not answer proves nothing: after an outage the
/// control plane gets time to renew. An order without a lease (a person's) is not watched.
/// </summary>
public sealed class LeaseWatch(IBlobStore store, WorkOrder order, StopRequest stop, RunLog log, TimeProvider clock)
{
    private readonly TimeSpan longestAge = TimeSpan.FromSeconds(order.LeaseSeconds);
    private long answering = clock.GetTimestamp();

    /// <summary>The lease ran out: nobody will give this machine back.</summary>
    public bool IsAbandoned { get; private set; }

    public async Task Watch(CancellationToken end)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Math.Clamp(order.LeaseSeconds / 6, 0.1, 20)), clock);
        try
        {
            while (await timer.WaitForNextTickAsync(end))
            {
                await Look(end);
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the stages.
        }
    }

    private async Task Look(CancellationToken end)
    {
        try
        {
            if (await store.Find(BlobPaths.Runs, BlobPaths.Stop(order.RunId, order.Attempt), end) is not null)
            {
                stop.Because("its run asked it to");
            }

            var began = clock.GetTimestamp();
            var lease = await store.Find(BlobPaths.Runs, BlobPaths.Lease(order.RunId, order.Attempt), end);
            if (clock.GetElapsedTime(began) > longestAge / 4)
            {
                answering = clock.GetTimestamp(); // it was away
            }

            if (lease is not null && lease.AsOf - lease.LastModified > longestAge && clock.GetElapsedTime(answering) > longestAge / 2)
            {
                IsAbandoned = true;
                stop.Because($"the lease was not renewed for {(lease.AsOf - lease.LastModified).TotalSeconds:0} s (allowed: {order.LeaseSeconds:0} s); the control plane is gone");
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            answering = clock.GetTimestamp();
            log.Say($"The lease could not be read: {e.Message}");
        }
    }
}
