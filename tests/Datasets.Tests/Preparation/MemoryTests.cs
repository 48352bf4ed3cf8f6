using System.Diagnostics;
using System.Text;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Datasets.Tests.Preparation;

/// <summary>A large file goes through preparation without ever being held: the command line, in a process of its own with little memory.</summary>
public sealed class MemoryTests : IDisposable
{
    /// <summary>Managed memory the process may take; a file held as bytes, let alone as strings, does not fit.</summary>
    private const long HeapBytes = 128L << 20;

    private const long PeakBytes = 300L << 20;

    private readonly string folder = Repository.NewFolder();

    [Theory]
    [InlineData(160)]
    [InlineData(500)]
    public async Task A_large_file_is_prepared_in_little_memory(int megabytes)
    {
        if (megabytes > 160 && Environment.GetEnvironmentVariable("TUNING_LONG_TESTS") != "1")
        {
            return;
        }

        var (file, lines) = WriteChats((long)megabytes << 20);
        ByteModel.Write(Path.Combine(folder, "base"));

        var (exitCode, peak, output) = await PrepareAsync(file);

        Assert.True(exitCode == 0, output);
        Assert.Contains($" {lines:N0} repeated", output, StringComparison.Ordinal);   // every second line
        Assert.True(peak < PeakBytes, $"{peak >> 20} MiB at the peak, expected less than {PeakBytes >> 20} MiB for a file of {megabytes} MiB");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Chats of 4 kB, of which every second one repeats the one before.</summary>
    private (string File, int Different) WriteChats(long bytes)
    {
        var path = Path.Combine(folder, "train.jsonl");
        using var file = File.Create(path);
        var filler = string.Concat(Enumerable.Range(0, 400).Select(static i => $"word{i % 37} "));
        var lines = 0;
        while (file.Length < bytes)
        {
            var line = Encoding.UTF8.GetBytes(Lines.Chat(("user", $"{lines++}: {filler}"), ("assistant", "Short “answer”.")) + "\n");
            file.Write(line);
            file.Write(line);
        }

        return (path, lines);
    }

    private async Task<(int ExitCode, long Peak, string Output)> PrepareAsync(string file)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "tuning.dll"), "prepare", file, "--base", Path.Combine(folder, "base"), "--out", Path.Combine(folder, "out"), "--context", "4096"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_GCHeapHardLimit"] = $"0x{HeapBytes:X}" },
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        long peak = 0;
        var output = process.StandardOutput.ReadToEndAsync();
        while (!process.WaitForExit(50))
        {
            try
            {
                process.Refresh();
                peak = Math.Max(peak, process.PeakWorkingSet64);
            }
            catch (InvalidOperationException)
            {
                // It ended between the two: its peak was seen before.
            }
        }

        return (process.ExitCode, peak, await output + await errors);
    }
}
