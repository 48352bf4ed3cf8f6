using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Options;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Activities;

/// <summary>Renews a trainer's lease and tells how it is. Safe to run twice: a lease renewed twice is renewed.</summary>
public sealed class CheckTrainer(RunStore runs, ITrainers trainers, MachineLogs machines, IOptions<TuningOptions> settings, IOptions<AzureOptions> azure)
{
    [Function(nameof(CheckTrainer))]
    public async Task<TrainerCheck> Run([ActivityTrigger] StartedTrainer trainer, CancellationToken cancellation)
    {
        var (run, attempt) = (trainer.RunId, trainer.Attempt);
        await runs.WriteAsync(BlobPaths.Lease(run, attempt), new Lease(attempt), cancellation);
        var alive = await trainers.IsAliveAsync(run, attempt, cancellation); // asked before done.json is read: a trainer writes it and ends
        if (await runs.FindAsync<TrainerDone>(BlobPaths.Done(run, attempt), cancellation) is { } done)
        {
            return new(TrainerState.Done, null, done.ExitCode, ErrorText.Cut(done.Error));
        }

        if (!alive)
        {
            return await trainers.RanOutOfMemoryAsync(run, attempt, cancellation)
                ? new(TrainerState.Done, null, ExitCodes.OutOfMemory, "The kernel killed the trainer because the machine's memory ran out.")
                : new(TrainerState.Lost, null, null, "the trainer ended without a last word");
        }

        var heartbeat = await runs.FindDatedAsync<Heartbeat>(BlobPaths.Heartbeat(run, attempt), cancellation);
        var bill = await machines.BillAsync(run, cancellation);
        return bill is not null && Bills.NearLimit(bill, trainer.Budget, Reserve) is { } spent ? new(TrainerState.NearLimit, heartbeat?.Document, null, spent, bill)
            : await SilenceAsync(trainer, heartbeat?.Age, cancellation) is { } silence ? new(TrainerState.Lost, heartbeat?.Document, null, silence, bill)
            : new(TrainerState.Alive, heartbeat?.Document, Bill: bill);
    }

    /// <summary>Until the next look, and from then until the machine is gone.</summary>
    private TimeSpan Reserve => TimeSpan.FromSeconds(settings.Value.PollSeconds + azure.Value.StopSeconds + azure.Value.DeletionSeconds);

    /// <returns>Null while the silence is not too long.</returns>
    private async Task<string?> SilenceAsync(StartedTrainer trainer, TimeSpan? heartbeatAge, CancellationToken cancellation)
    {
        if (heartbeatAge is { } age)
        {
            return age.TotalSeconds > settings.Value.SilenceSeconds ? $"no heartbeat for {age.TotalSeconds:0} s" : null;
        }

        var order = await runs.FindDatedAsync<WorkOrder>(BlobPaths.Order(trainer.RunId, trainer.Attempt), cancellation);
        return order?.Age.TotalSeconds > settings.Value.StartSeconds ? $"no heartbeat in the first {order.Age.TotalSeconds:0} s" : null;
    }
}

/// <param name="Heartbeat">The last one; null before the first and when it is done.</param>
/// <param name="ExitCode">When done.</param>
/// <param name="Error">When lost, or done with an error.</param>
/// <param name="Bill">What the run's machines cost so far; null when it has none.</param>
/// <param name="TryAgain">When refused: how long to wait; null when waiting does not help.</param>
public sealed record TrainerCheck(TrainerState State, Heartbeat? Heartbeat = null, int? ExitCode = null, string? Error = null, Bill? Bill = null, TimeSpan? TryAgain = null);

public enum TrainerState
{
    Alive,

    /// <summary>It wrote <c>done.json</c>.</summary>
    Done,

    /// <summary>It is gone without a word, or silent for too long.</summary>
    Lost,

    /// <summary>There was no machine for it.</summary>
    Refused,

    /// <summary>The run's budget is nearly used up.</summary>
    NearLimit,

    /// <summary>A person asked the run to pause.</summary>
    Paused,
}
