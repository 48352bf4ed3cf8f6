using System.Collections.Concurrent;
using System.Diagnostics;
using ServerlessTuning.Testing;
using ServerlessTuning.Testing.Azure;

namespace ServerlessTuning.Functions.Tests.Compute;

/// <summary>What boot.sh does, without Docker: the trainer's process, told to leave when Azure gives notice, gone when the power is.</summary>
/// <param name="storage">What the trainer is given to reach its storage.</param>
internal sealed class RealTrainer(string storage)
{
    /// <summary>What the trainers' processes said: their container's log.</summary>
    public ConcurrentQueue<string> Said { get; } = new();

    public async Task Work(FakeMachine machine)
    {
        var folder = Repository.NewFolder(); // each machine has a disk of its own
        var trainer = Path.Combine(AppContext.BaseDirectory, "..", "..", "TrainerContainer", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "ServerlessTuning.Trainer.dll");
        var order = machine.CustomData.Split("order='")[1].Split('\'')[0];
        using var process = Process.Start(new ProcessStartInfo("dotnet", [trainer, "run", order])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["Tuning__Storage"] = storage, ["Tuning__Work"] = folder },
        })!;
        process.OutputDataReceived += (_, line) => Said.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => Said.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var warned = machine.Warned.Register(() => Process.Start("kill", ["-TERM", $"{process.Id}"]).Dispose());
        try
        {
            await process.WaitForExitAsync(machine.PowerLost);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        Directory.Delete(folder, recursive: true);
    }
}
