using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ServerlessTuning.Cli;

/// <summary>Stops what runs on this machine the gentle way first. A trainer outlives the app on purpose, so it is found by its lock file.</summary>
internal static class TrainerProcesses
{
    /// <summary>Asks every live trainer to write a checkpoint and leave.</summary>
    public static async Task Stop(string work)
    {
        foreach (var file in Directory.Exists(work) ? Directory.GetFiles(work, "trainer.lock", SearchOption.AllDirectories) : [])
        {
            if (Find(file) is { } trainer)
            {
                await Terminate(trainer, TimeSpan.FromSeconds(60));
            }
        }
    }

    /// <summary>SIGTERM, and SIGKILL only when that was not enough in the given time.</summary>
    public static async Task Terminate(Process process, TimeSpan patience)
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await kill.WaitForExitAsync();
        try
        {
            await process.WaitForExitAsync(new CancellationTokenSource(patience).Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static Process? Find(string lockFile)
    {
        try
        {
            using var stream = new FileStream(lockFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var process = Process.GetProcessById(JsonNode.Parse(stream)!["pid"]!.GetValue<int>());
            return process.ProcessName.Contains("dotnet", StringComparison.Ordinal) ? process : null; // the number may be someone else's by now
        }
        catch (Exception e) when (e is IOException or JsonException or ArgumentException or InvalidOperationException or NullReferenceException)
        {
            return null; // not locked, not ours, or gone
        }
    }
}
