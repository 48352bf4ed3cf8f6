using System.Threading.Channels;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask.Dispatch;

/// <summary>
/// Runs activities, some at a time. Work leaves the file in the transaction that records its result: so it runs at
/// least once, and exactly one result counts.
/// </summary>
internal sealed class ActivityLoop(Writer writer, IDurableFunctions functions, DurableEngineOptions options, ILoggerFactory loggers, TimeProvider time)
    : IDisposable
{
    private const string Unknown = "(unknown)";

    private readonly Channel<WorkItem> queue = Channel.CreateUnbounded<WorkItem>();
    private readonly CancellationTokenSource cancelled = new();
    private readonly Lock gate = new();
    private readonly HashSet<Task> running = [];
    private readonly ILogger logger = loggers.CreateLogger("Durable.Activities");

    public void Add(WorkItem work) => queue.Writer.TryWrite(work);

    /// <summary>Runs until stopped; then gives what is running a while to end, and leaves the rest to be delivered again.</summary>
    public async Task Run(CancellationToken stop)
    {
        using var slots = new SemaphoreSlim(options.MaxConcurrentActivities);
        try
        {
            while (true)
            {
                await slots.WaitAsync(stop);
                var work = await queue.Reader.ReadAsync(stop);
                Track(Task.Run(() => Do(work, slots), CancellationToken.None));
            }
        }
        catch (OperationCanceledException)
        {
            await Drain();
        }
    }

    public void Dispose() => cancelled.Dispose();

    private void Track(Task task)
    {
        lock (gate)
        {
            running.Add(task);
        }

        _ = task.ContinueWith(
            ended =>
            {
                lock (gate)
                {
                    running.Remove(ended);
                }
            },
            TaskScheduler.Default);
    }

    private async Task Drain()
    {
        Task all;
        lock (gate)
        {
            all = Task.WhenAll(running);
        }

        if (await Task.WhenAny(all, Task.Delay(options.DrainTimeout, CancellationToken.None)) != all)
        {
            logger.LogInformation("Activities are still running; they are cancelled and will be delivered again at the next start");
            await cancelled.CancelAsync();
            await Task.WhenAny(all, Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None));
        }
    }

    private async Task Do(WorkItem work, SemaphoreSlim slots)
    {
        HistoryEntry result;
        try
        {
            result = await Result(work);
        }
        finally
        {
            if (!cancelled.IsCancellationRequested)
            {
                slots.Release();
            }
        }

        if (!cancelled.IsCancellationRequested)
        {
            await Record(work, result);
        }
    }

    private async Task<HistoryEntry> Result(WorkItem work)
    {
        if (!functions.HasActivity(work.Name))
        {
            var missing = new ArgumentException($"The function '{work.Name}' doesn't exist, is disabled, or is not an activity function.");
            return Failed(work, TaskFailureDetails.FromException(missing)) with { NonRetriable = true };
        }

        try
        {
            var output = await functions.RunActivityAsync(work.Name, work.Instance, work.Input, cancelled.Token);
            return new HistoryEntry(HistoryEventType.TaskCompleted, time.GetUtcNow().UtcDateTime, TaskScheduledId: work.Task, Result: options.DataConverter.Serialize(output));
        }
#pragma warning disable CA1031 // whatever an activity throws is its result
        catch (Exception failure)
#pragma warning restore CA1031
        {
            logger.LogWarning(failure, "Activity {Activity} of orchestration '{InstanceId}' failed", work.Name, work.Instance);
            var details = TaskFailureDetails.FromException(failure);
            return Failed(work, options.KeepActivityExceptionTypes ? details : details with { ErrorType = Unknown, InnerFailure = null });
        }
    }

    private HistoryEntry Failed(WorkItem work, TaskFailureDetails details) =>
        new(HistoryEventType.TaskFailed, time.GetUtcNow().UtcDateTime, TaskScheduledId: work.Task, Reason: details.ErrorMessage, FailureDetails: Json.Write(details));

    private async Task Record(WorkItem work, HistoryEntry result)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await writer.Commit(change =>
                {
                    if (change.Finish(work))
                    {
                        change.Send(work.Instance, result, work.Execution);
                    }
                });
                return;
            }
            catch (Exception failure) when (failure is Microsoft.Data.Sqlite.SqliteException or IOException && !cancelled.IsCancellationRequested)
            {
                logger.LogError(failure, "The result of activity {Activity} of orchestration '{InstanceId}' could not be recorded (try {Try})", work.Name, work.Instance, attempt);
                await Task.Delay(TimeSpan.FromSeconds(Math.Min(30, attempt)), time);
            }
        }
    }
}
