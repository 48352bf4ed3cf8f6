using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using ServerlessTuning.Bench.Durable;
using ServerlessTuning.Embedded.DurableTask;

// Usage: dotnet run -c Release --project bench/durable [folder on the disk in question]
var disk = args.Length > 0 ? args[0] : Path.GetTempPath();
var memory = Directory.Exists("/dev/shm") ? "/dev/shm" : disk;
Console.WriteLine($"{Environment.ProcessorCount} processors, {disk}, load {Load()} before\n");
Measurement[] columns = [await Measurement.Take(disk, syncEachCommit: true), await Measurement.Take(disk, syncEachCommit: false), await Measurement.Take(memory, syncEachCommit: true)];
Console.WriteLine("| | disk, FULL | disk, NORMAL | memory |\n|---|---|---|---|");
Row("4 KB appended and fsynced, as a yardstick (median of 100)", one => $"{one.Fsync:0.00} ms");
Row("chain of three activities, 200 at once (median of 3 times 4,000)", one => $"{one.Chains:0} a second");
Row("the same on an idle engine, start to end (median of 200)", one => $"{one.Idle:0.0} ms");
Row($"fan-out of {HelloApp.FanWidth:N0} activities in one orchestration (median of 5)", one => $"{one.Fan:0.00} s");
Console.WriteLine();
var folder = Directory.CreateTempSubdirectory("durable-bench-").FullName;
try
{
    Console.WriteLine($"start beside 0 and beside 100,000 ended instances: {await OldHistories.Start(folder, 0):0} ms, {await OldHistories.Start(folder, 100_000):0} ms");
    foreach (var waves in (int[])[1, 10, 100])
    {
        var (entries, milliseconds) = await OldHistories.Replay(folder, waves);
        Console.WriteLine($"history of {entries:N0} entries, from the engine's start until it is replayed and has ended: {milliseconds:0} ms");
    }

    Console.WriteLine($"engine with nothing to do: {await Idle(folder):0.00} % of a processor");
}
finally
{
    Directory.Delete(folder, recursive: true);
}

Console.WriteLine($"load {Load()} after");

void Row(string what, Func<Measurement, string> value) => Console.WriteLine($"| {what} | {string.Join(" | ", columns.Select(value))} |");

static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

static async Task<double> Idle(string folder)
{
    await using var engine = new DurableEngine(Path.Combine(folder, "idle.db"), new HelloApp(), NullLoggerFactory.Instance);
    await engine.StartAsync();
    await Task.Delay(TimeSpan.FromSeconds(3)); // the JIT finishes
    var before = Process.GetCurrentProcess().TotalProcessorTime;
    await Task.Delay(TimeSpan.FromSeconds(5));
    return (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds / 50;
}
