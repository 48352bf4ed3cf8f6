using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Options;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Activities;

/// <summary>Renews a trainer's lease and tells how it is. Safe to run twice: a lease renewed twice is renewed.</summary>
public sealed class CheckTrainer(RunStore runs, ITrainers trainers, IOptions<TuningOptions> settings)
{
    [Function(nameof(CheckTrainer))]
    public async Task<TrainerCheck> Run([ActivityTrigger] StartedTrainer trainer, CancellationToken cancellation)
    {
        var (run, attempt, _) = trainer;
        await runs.WriteAsync(BlobPaths.Lease(run, attempt), new Lease(attempt), cancellation);
        var alive = await trainers.IsAliveAsync(run, attempt, cancellation); // asked before done.json is read: a trainer writes it and ends
        if (await runs.FindAsync<TrainerDone>(BlobPaths.Done(run, attempt), cancellation) is { } done)
        {
            return new(TrainerState.Done, null, done.ExitCode, ErrorText.Cut(done.Error));
        }

        if (!alive)
        {
            return new(TrainerState.Lost, null, null, "the trainer ended without a last word");
        }

        var heartbeat = await runs.FindDatedAsync<Heartbeat>(BlobPaths.Heartbeat(run, attempt), cancellation);
        return await SilenceAsync(trainer, heartbeat?.Age, cancellation) is { } silence ? new(TrainerState.Lost, heartbeat?.Document, null, silence)
            : new(TrainerState.Alive, heartbeat?.Document);
    }

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
public sealed record TrainerCheck(TrainerState State, Heartbeat? Heartbeat = null, int? ExitCode = null, string? Error = null);

public enum TrainerState
{
    Alive,

    /// <summary>It wrote <c>done.json</c>.</summary>
    Done,

    /// <summary>It is gone without a word, or silent for too long.</summary>
    Lost,
}
