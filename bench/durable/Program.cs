using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using ServerlessTuning.Bench.Durable;
using ServerlessTuning.Embedded.DurableTask;

// Usage: dotnet run -c Release --project bench/durable [folder]
// Give a folder on the disk in question, and one on tmpfs (/dev/shm) for the cost without a disk.
var folder = Directory.CreateDirectory(Path.Combine(args.Length > 0 ? args[0] : Path.GetTempPath(), "durable-bench")).FullName;
try
{
    Console.WriteLine($"{Environment.ProcessorCount} processors, {folder}");
    Console.WriteLine($"one 4 KB write with fsync: {Fsync(folder):0.00} ms (median of 100)");
    await using var engine = new DurableEngine(Path.Combine(folder, "history.db"), new HelloApp(), NullLoggerFactory.Instance);
    await engine.StartAsync();
    await Throughput(engine, 400, 200); // warm
    Console.WriteLine($"chain of three activities, 200 at once: {await Throughput(engine, 4000, 200):0} a second");
    Console.WriteLine($"chain of three activities, idle engine, start to end: {await Latency(engine, 100):0.0} ms (median of 100)");
    Console.WriteLine($"fan-out of {HelloApp.FanWidth} activities: {await FanOut(engine):0.00} s (best of 3)");
    await Task.Delay(TimeSpan.FromSeconds(3)); // the JIT finishes
    var before = Process.GetCurrentProcess().TotalProcessorTime;
    await Task.Delay(TimeSpan.FromSeconds(5));
    Console.WriteLine($"idle: {(Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds / 50:0.00} % of a processor");
}
finally
{
    Directory.Delete(folder, recursive: true);
}

static double Fsync(string folder)
{
    using var file = new FileStream(Path.Combine(folder, "fsync"), FileMode.Create);
    var times = Enumerable.Range(0, 100).Select(_ =>
    {
        var watch = Stopwatch.StartNew();
        file.Write(new byte[4096]);
        file.Flush(flushToDisk: true);
        return watch.Elapsed.TotalMilliseconds;
    });
    return times.Order().ElementAt(50);
}

static async Task<double> Throughput(DurableEngine engine, int count, int atOnce)
{
    using var slots = new SemaphoreSlim(atOnce);
    var watch = Stopwatch.StartNew();
    await Task.WhenAll(Enumerable.Range(0, count).Select(async _ =>
    {
        await slots.WaitAsync();
        await RunOne(engine, "Chain");
        slots.Release();
    }));
    return count / watch.Elapsed.TotalSeconds;
}

static async Task<double> Latency(DurableEngine engine, int count)
{
    var times = new List<double>();
    for (var i = 0; i < count; i++)
    {
        var watch = Stopwatch.StartNew();
        await RunOne(engine, "Chain");
        times.Add(watch.Elapsed.TotalMilliseconds);
    }

    return times.Order().ElementAt(count / 2);
}

static async Task<double> FanOut(DurableEngine engine)
{
    var best = double.MaxValue;
    for (var i = 0; i < 3; i++)
    {
        var watch = Stopwatch.StartNew();
        await RunOne(engine, "Fan");
        best = Math.Min(best, watch.Elapsed.TotalSeconds);
    }

    return best;
}

static async Task RunOne(DurableEngine engine, string orchestrator) =>
    await engine.Client.WaitForInstanceCompletionAsync(await engine.Client.ScheduleNewOrchestrationInstanceAsync(orchestrator, CancellationToken.None));
