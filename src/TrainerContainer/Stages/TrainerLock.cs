using System.Diagnostics;
using System.Text.Json;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>
/// <c>{work}/{run}/trainer.lock</c>, held while a trainer of the run lives on this machine. The operating system releases it when the process
/// ends, however it ends. Its text tells who holds it; readers open it with <see cref="FileShare.ReadWrite"/>. It is never deleted.
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
            var file = new FileStream(Path.Combine(folder, "trainer.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            using var process = Process.GetCurrentProcess();
            file.SetLength(0);
            JsonSerializer.Serialize(file, new TrainerLock(Environment.ProcessId, process.StartTime.ToUniversalTime(), attempt), TuningJson.Options);
            file.Flush();
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
