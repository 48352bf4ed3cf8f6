using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Options;

namespace ServerlessTuning.Functions.Compute;

/// <summary>
/// Trainers as processes of this machine. Each is started in a session of its own, so it outlives the app, also a killed one, and is found again by the
/// files in its work folder: process id and start time. That a run never trains twice is the operating system's lock on <c>trainer.held</c>;
/// docs/decisions/003-the-trainer-is-a-process-that-outlives-the-app.md.
/// </summary>
public sealed class LocalTrainers(IOptions<TuningOptions> settings, ILogger<LocalTrainers> logger) : ITrainers
{
    private readonly TuningOptions settings = settings.Value;

    public Task StartAsync(string run, int attempt, CancellationToken cancellation)
    {
        if (IsAlive(run, attempt))
        {
            return Task.CompletedTask;
        }

        if (!File.Exists(settings.TrainerPath))
        {
            throw new TrainerMissingException(settings.TrainerPath);
        }

        Directory.CreateDirectory(Folder(run));
        using var process = Process.Start(Command(run, attempt))!;
        TrainerProcess.Of(process, attempt).Write(StartedFile(run, attempt));
        logger.LogInformation("Run {Run} trains in process {Process}, attempt {Attempt}; its output is in {Log}", run, process.Id, attempt, LogFile(run, attempt));
        return Task.CompletedTask;
    }

    public Task<bool> IsAliveAsync(string run, int attempt, CancellationToken cancellation) => Task.FromResult(IsAlive(run, attempt));

    /// <remarks>A process that is nobody's child has no exit code (137 would be any SIGKILL); what the kernel counts tells its own kills from a person's.</remarks>
    public Task<bool> RanOutOfMemoryAsync(string run, int attempt, CancellationToken cancellation) =>
        Task.FromResult(TrainerProcess.Read(StartedFile(run, attempt))?.MemoryKills is { } before && KernelKills.Count() > before);

    public async Task StopAsync(string run, CancellationToken cancellation)
    {
        foreach (var trainer in Known(run))
        {
            using var process = trainer.Find();
            if (process is not null)
            {
                await StopAsync(process, cancellation);
                logger.LogInformation("Stopped process {Process}, which trained run {Run}", trainer.Pid, run);
            }
        }
    }

    public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<string>>(
        !Directory.Exists(settings.Work) ? [] : [.. Directory.GetDirectories(settings.Work).Select(folder => Path.GetFileName(folder)!).Where(run => Known(run).Any(IsAlive))]);

    /// <summary>SIGTERM: write a checkpoint and leave. SIGKILL when that takes too long; the checkpoint before it then counts.</summary>
    private async Task StopAsync(Process process, CancellationToken cancellation)
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync(cancellation);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(settings.StopSeconds));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            process.Kill();
        }
    }

    /// <remarks>The shell only redirects, and "exec" keeps the process id: setsid, sh and the trainer are one process after the other.</remarks>
    private ProcessStartInfo Command(string run, int attempt)
    {
        string[] program = settings.TrainerPath.EndsWith(".dll", StringComparison.Ordinal) ? ["dotnet", settings.TrainerPath] : [settings.TrainerPath];
        return new("setsid", ["sh", "-c", "log=$1; shift; exec \"$@\" </dev/null >>\"$log\" 2>&1", "sh", LogFile(run, attempt), .. program, "run", BlobPaths.Order(run, attempt)])
        {
            WorkingDirectory = Folder(run),
            Environment = { ["Tuning__Storage"] = settings.Storage, ["Tuning__Work"] = Path.GetFullPath(settings.Work) },
        };
    }

    private bool IsAlive(string run, int attempt) => Known(run).Any(trainer => trainer.Attempt == attempt && IsAlive(trainer));

    private static bool IsAlive(TrainerProcess trainer)
    {
        using var process = trainer.Find();
        return process is not null;
    }

    /// <summary>All that files tell of, dead or alive.</summary>
    private IEnumerable<TrainerProcess> Known(string run)
    {
        string[] files = Directory.Exists(Folder(run)) ? [Path.Combine(Folder(run), "trainer.lock"), .. Directory.GetFiles(Folder(run), "trainer-*.started")] : [];
        return files.Select(TrainerProcess.Read).OfType<TrainerProcess>().DistinctBy(trainer => trainer.Pid);
    }

    private string Folder(string run) => Path.GetFullPath(Path.Combine(settings.Work, run));

    private string StartedFile(string run, int attempt) => Path.Combine(Folder(run), $"trainer-{attempt}.started");

    private string LogFile(string run, int attempt) => Path.Combine(Folder(run), $"trainer-{attempt}.log");
}

/// <summary>The trainer's program is not where the settings say.</summary>
public sealed class TrainerMissingException(string path)
    : Exception($"There is no trainer at {path}. Build it (dotnet build src/TrainerContainer), or set Tuning:TrainerPath to ServerlessTuning.Trainer.dll.")
{
    public string Path { get; } = path;
}
