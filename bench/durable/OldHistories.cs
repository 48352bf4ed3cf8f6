using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using ServerlessTuning.Embedded.DurableTask;

namespace ServerlessTuning.Bench.Durable;

/// <summary>What has gathered over time: many instances that ended, one history that grew long.</summary>
internal static class OldHistories
{
    /// <returns>Milliseconds of a start beside so many ended instances, copies of one real one.</returns>
    public static async Task<double> Start(string folder, int instances)
    {
        var path = Path.Combine(folder, $"old-{instances}.db");
        await using (var engine = new DurableEngine(path, new HelloApp(), NullLoggerFactory.Instance))
        {
            await engine.StartAsync();
            await Run(engine, "Chain");
        }

        Multiply(path, instances);
        await using var again = new DurableEngine(path, new HelloApp(), NullLoggerFactory.Instance);
        var watch = Stopwatch.StartNew();
        await again.StartAsync();
        return watch.Elapsed.TotalMilliseconds;
    }

    /// <returns>The entries of the longest history, and milliseconds from a start of the engine until the instance has been replayed and has ended.</returns>
    public static async Task<(int Entries, double Milliseconds)> Replay(string folder, int waves)
    {
        var path = Path.Combine(folder, $"long-{waves}.db");
        await using (var engine = new DurableEngine(path, new HelloApp { Waves = waves }, NullLoggerFactory.Instance))
        {
            await engine.StartAsync();
            await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waves", new Microsoft.DurableTask.StartOrchestrationOptions("long"));
            while ((await engine.Client.GetInstanceAsync("long", getInputsAndOutputs: true))!.SerializedCustomStatus is null)
            {
                await Task.Delay(20);
            }
        }

        var watch = Stopwatch.StartNew();
        await using var again = new DurableEngine(path, new HelloApp { Waves = waves }, NullLoggerFactory.Instance);
        await again.StartAsync();
        await again.Client.RaiseEventAsync("long", "Go");
        await again.Client.WaitForInstanceCompletionAsync("long");
        return (again.History("long").Count, watch.Elapsed.TotalMilliseconds);
    }

    private static async Task Run(DurableEngine engine, string orchestrator) =>
        await engine.Client.WaitForInstanceCompletionAsync(await engine.Client.ScheduleNewOrchestrationInstanceAsync(orchestrator, CancellationToken.None));

    private static void Multiply(string path, int count)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            BEGIN;
            CREATE TEMP TABLE one AS SELECT * FROM instances;
            CREATE TEMP TABLE events AS SELECT * FROM history;
            WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
              INSERT INTO instances SELECT printf('old-%06d', n), execution, name, version, status, created, updated, input, output, custom_status, failure, tags, parent, parent_name, parent_execution, parent_task
              FROM numbers, one;
            INSERT INTO history SELECT instances.id, number, event FROM instances, events WHERE instances.id LIKE 'old-%';
            COMMIT;
            """;
        command.ExecuteNonQuery();
    }
}
