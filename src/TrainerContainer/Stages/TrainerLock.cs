using System.Diagnostics;
using System.Text.Json;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>
/// One trainer of a run at a time on a machine: <c>{work}/{run}/trainer.held</c> is locked while it lives, and the operating system releases it when
/// the process ends, however it ends. <c>trainer.lock</c> beside it tells who that is; it is a file of its own, because a locked file cannot be read
/// by another .NET process on Linux. Neither is ever deleted.
/// </summary>
/// <param name="StartTime">Of the process: a process id alone may be another's by now.</param>
public sealed record TrainerLock(int Pid, DateTimeOffset StartTime, int Attempt)
{
    /// <summary>Null when another trainer of the run lives.</summary>
    public static FileStream? TryTake(string folder, int attempt)
    {
        Directory.CreateDirectory(folder);
        try
        {
            var file = new FileStream(Path.Combine(folder, "trainer.held"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            using var process = Process.GetCurrentProcess();
            var holder = new TrainerLock(Environment.ProcessId, process.StartTime.ToUniversalTime(), attempt);
            var text = Path.Combine(folder, "trainer.lock");
            File.WriteAllText(text + ".new", JsonSerializer.Serialize(holder, TuningJson.Options));
            File.Move(text + ".new", text, overwrite: true); // readers find the old text or the new one, never half of it
            return file;
        }
        catch (IOException e) when (IsHeld(e))
        {
            return null;
        }
    }

    /// <summary>EWOULDBLOCK, in Linux's and in macOS's count.</summary>
    private static bool IsHeld(IOException e) => e.HResult is 11 or 35;
}
