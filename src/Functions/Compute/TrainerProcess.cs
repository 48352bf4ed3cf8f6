using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Compute;

/// <summary>A trainer's process as a file tells of it: <c>trainer.lock</c>, which the trainer writes, and <c>trainer-{attempt}.started</c>, which its starter writes.</summary>
/// <param name="StartTime">Of the process: its number alone may be another's by now.</param>
/// <param name="MemoryKills">Processes that the kernel had killed for memory when it was started, since boot; null when its starter did not say.</param>
internal sealed record TrainerProcess(int Pid, DateTimeOffset StartTime, int Attempt, long? MemoryKills = null)
{
    /// <summary>Boot time, from which the system's start times are counted, is known to about a second.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(3);

    /// <remarks>A process that has ended already has no start time any more; with none, nothing alive is taken for it.</remarks>
    public static TrainerProcess Of(Process process, int attempt)
    {
        try
        {
            return new(process.Id, process.StartTime.ToUniversalTime(), attempt, KernelKills.Count());
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            return new(process.Id, default, attempt, KernelKills.Count());
        }
    }

    /// <returns>Null when there is no such file, or it is being written.</returns>
    public static TrainerProcess? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainerProcess>(File.ReadAllBytes(path), TuningJson.Options);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    public void Write(string path)
    {
        File.WriteAllBytes(path + ".new", JsonSerializer.SerializeToUtf8Bytes(this, TuningJson.Options));
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>The process while it lives; else null.</summary>
    public Process? Find()
    {
        try
        {
            var process = Process.GetProcessById(Pid);
            if (!process.HasExited && (process.StartTime.ToUniversalTime() - StartTime).Duration() < Tolerance && !IsZombie())
            {
                return process;
            }

            process.Dispose();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // No such process, or it ended just now.
        }

        return null;
    }

    /// <summary>A dead process whose parent has not asked for its end: it is listed, but does nothing any more.</summary>
    private bool IsZombie()
    {
        try
        {
            var status = File.ReadAllText($"/proc/{Pid}/stat");
            return status[status.LastIndexOf(')')..] is [_, _, 'Z' or 'X', ..];
        }
        catch (IOException)
        {
            return false; // no /proc on this system
        }
    }
}
