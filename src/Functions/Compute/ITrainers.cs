namespace ServerlessTuning.Functions.Compute;

/// <summary>Where trainers run: processes of this machine, or virtual machines. At most one trainer of a run lives at a time.</summary>
public interface ITrainers
{
    /// <summary>Starts the trainer of an attempt, whose work order is written already; one that lives is left alone.</summary>
    Task StartAsync(string run, int attempt, CancellationToken cancellation);

    /// <summary>Whether the attempt's trainer may still be at work. False only when it is certain that it is not.</summary>
    Task<bool> IsAliveAsync(string run, int attempt, CancellationToken cancellation);

    /// <summary>Of a trainer that is gone without a word: whether the kernel took it because memory ran out. False where the machine says so itself.</summary>
    Task<bool> RanOutOfMemoryAsync(string run, int attempt, CancellationToken cancellation) => Task.FromResult(false);

    /// <summary>Ends whatever trains the run, after it had a chance to write a checkpoint. Nothing to do is fine.</summary>
    Task StopAsync(string run, CancellationToken cancellation);

    /// <summary>Deletes the machines that were kept after a failure and whose time is over.</summary>
    Task EndKeptAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Runs that have a trainer now, or had one whose end nobody has seen.</summary>
    Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellation);

    /// <summary>Runs with a trainer that is past its time, or that is switched off and still costs.</summary>
    Task<IReadOnlyList<string>> ListExpiredAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<string>>([]);
}
