using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Storage;

namespace ServerlessTuning.Trainer.Reporting;

/// <summary>
/// Writes heartbeat, metrics and log at the order's pace from a task of its own, and once more at the end. A storage outage delays
/// it and nothing else.
/// </summary>
public sealed class Reporter : IAsyncDisposable
{
    private static readonly TimeSpan longestFarewell = TimeSpan.FromSeconds(20);

    private readonly IBlobStore store;
    private readonly WorkOrder order;
    private readonly Progress progress;
    private readonly MetricsLog metrics;
    private readonly RunLog log;
    private readonly CancellationTokenSource end = new();
    private readonly SemaphoreSlim turn = new(1);
    private readonly Task pace;
    private readonly string? signOfLife;
    private long metricsWritten, logWritten;
    private string? said;

    public Reporter(IBlobStore store, WorkOrder order, Progress progress, MetricsLog metrics, RunLog log, TimeProvider clock, string? signOfLife = null)
    {
        (this.store, this.order, this.progress, this.metrics, this.log, this.signOfLife) = (store, order, progress, metrics, log, signOfLife);
        pace = Task.Run(() => KeepPace(clock));
    }

    /// <summary>Metrics up to now are in the storage when this returns; a checkpoint calls it before it counts.</summary>
    public async Task WriteMetrics(CancellationToken cancellation)
    {
        await turn.WaitAsync(cancellation);
        try
        {
            var lines = metrics.Lines;
            if (lines > metricsWritten)
            {
                await store.Write(BlobPaths.Runs, BlobPaths.Metrics(order.RunId), metrics.ToUtf8(), cancellation);
                await store.Write(BlobPaths.Runs, BlobPaths.MetricsTable(order.RunId), metrics.ToTable(), cancellation);
                metricsWritten = lines;
            }
        }
        finally
        {
            turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await pace;
        using var limit = new CancellationTokenSource(longestFarewell);
        await WriteAll(limit.Token);
        end.Dispose();
        turn.Dispose();
    }

    private async Task KeepPace(TimeProvider clock)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Math.Max(0.1, order.HeartbeatSeconds)), clock);
        try
        {
            do
            {
                await WriteAll(end.Token);
            }
            while (await timer.WaitForNextTickAsync(end.Token));
        }
        catch (OperationCanceledException)
        {
            // The end: DisposeAsync writes the last time.
        }
    }

    private async Task WriteAll(CancellationToken cancellation)
    {
        try
        {
            if (signOfLife is not null)
            {
                await File.WriteAllBytesAsync(signOfLife, [], cancellation); // for the image's health check
            }

            await store.WriteJson(BlobPaths.Runs, BlobPaths.Heartbeat(order.RunId, order.Attempt), progress.Now() with { Notice = metrics.Watch.Notices is [.., var last] ? last.Message : null }, cancellation);
            await WriteLog(cancellation);
            await WriteMetrics(cancellation); // last: a newer attempt may have taken them over
        }
        catch (Exception e) when (e is not OperationCanceledException || !end.IsCancellationRequested)
        {
            SayOnce($"Progress could not be written: {e.Message}"); // the training is worth more than its report
        }
    }

    private void SayOnce(string trouble)
    {
        if (trouble != said)
        {
            log.Say(said = trouble);
        }
    }

    private async Task WriteLog(CancellationToken cancellation)
    {
        var lines = log.Lines;
        if (lines > logWritten)
        {
            await store.Write(BlobPaths.Runs, BlobPaths.Log(order.RunId, order.Attempt), log.ToUtf8(), cancellation);
            logWritten = lines;
        }
    }
}
