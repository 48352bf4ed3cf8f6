using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using ServerlessTuning.Embedded.DurableTask;

namespace ServerlessTuning.Bench.Durable;

/// <summary>One column of the table: the engine with its file in one place.</summary>
/// <param name="Chains">Chains of three activities a second, 200 at once.</param>
/// <param name="Idle">Milliseconds from start to end of a chain on an engine with nothing else to do.</param>
/// <param name="Fan">Seconds for a fan-out of <see cref="HelloApp.FanWidth"/> activities.</param>
/// <param name="Fsync">Milliseconds of a 4 KB append with its fsync.</param>
internal sealed record Measurement(double Chains, double Idle, double Fan, double Fsync)
{
    private const int AtOnce = 200;

    public static async Task<Measurement> Take(string folder, bool syncEachCommit)
    {
        var own = Directory.CreateDirectory(Path.Combine(folder, $"durable-bench-{Guid.NewGuid():N}")).FullName;
        try
        {
            await using var engine = new DurableEngine(Path.Combine(own, "history.db"), new HelloApp(), NullLoggerFactory.Instance, new() { SyncEachCommit = syncEachCommit });
            await engine.StartAsync();
            await Throughput(engine, 2000); // warm
            return new(
                await Median(3, () => Throughput(engine, 4000)), await Median(200, () => Timed(engine, "Chain")) * 1000,
                await Median(5, () => Timed(engine, "Fan")), SyncTime(own));
        }
        finally
        {
            Directory.Delete(own, recursive: true);
        }
    }

    private static async Task<double> Throughput(DurableEngine engine, int count)
    {
        using var slots = new SemaphoreSlim(AtOnce);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, count).Select(async _ =>
        {
            await slots.WaitAsync();
            await Timed(engine, "Chain");
            slots.Release();
        }));
        return count / watch.Elapsed.TotalSeconds;
    }

    /// <returns>Seconds.</returns>
    private static async Task<double> Timed(DurableEngine engine, string orchestrator)
    {
        var watch = Stopwatch.StartNew();
        await engine.Client.WaitForInstanceCompletionAsync(await engine.Client.ScheduleNewOrchestrationInstanceAsync(orchestrator, CancellationToken.None));
        return watch.Elapsed.TotalSeconds;
    }

    private static double SyncTime(string folder)
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

    private static async Task<double> Median(int count, Func<Task<double>> measure)
    {
        var values = new List<double>();
        for (var i = 0; i < count; i++)
        {
            values.Add(await measure());
        }

        return values.Order().ElementAt(count / 2);
    }
}
