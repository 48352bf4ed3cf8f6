using System.Diagnostics;
using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask.Tests;

/// <summary>What grows must not cost more than in proportion. Times are compared within one test, since machines differ.</summary>
public sealed class ScaleTests
{
    private const int Wave = 50;
    private static readonly DurableEngineOptions KeepsAll = new() { CachedOrchestrations = 10 };
    private int invocations;

    private TestApp App => new TestApp()
        .Activity<int, int>("Same", x => x)
        .Orchestrator("Waves", async context =>
        {
            Interlocked.Increment(ref invocations);
            var sum = 0;
            for (var wave = 0; wave < context.GetInput<int>(); wave++)
            {
                sum += (await Task.WhenAll(Enumerable.Range(0, Wave).Select(_ => context.CallActivityAsync<int>("Same", 1)))).Sum();
            }

            context.SetCustomStatus("made");
            return sum + await context.WaitForExternalEvent<int>("Go");
        })
        .Orchestrator("Timers", async context =>
        {
            using var end = new CancellationTokenSource();
            var timers = Enumerable.Range(0, context.GetInput<int>()).Select(_ => context.CreateTimer(TimeSpan.FromDays(1), end.Token)).ToList();
            await context.CallActivityAsync<int>("Same", 1);
            end.Cancel();
            await context.CallActivityAsync<int>("Same", 1); // while it goes on, each cancelled timer is taken out by itself
            return timers.Count(timer => timer.IsCanceled);
        });

    [Fact]
    public async Task A_hundred_thousand_old_instances_do_not_slow_the_start()
    {
        await using var warm = await TestEngine.Start(App);
        await using var engine = new TestEngine(App);
        Fill(engine.Path, 100_000);
        var watch = Stopwatch.StartNew();

        await engine.Start();

        var start = watch.Elapsed;
        Assert.Equal(100_001, (await engine.Client.GetAllInstancesAsync().AsPages().ToListAsync()).Sum(page => page.Values.Count));
        Assert.True(2 * start < watch.Elapsed - start, $"starting took {start}, reading all instances {watch.Elapsed - start}");
        Assert.Equal(0, (await engine.Run("Timers", 0)).ReadOutputAs<int>());
        Assert.Equal(7, (await engine.Client.GetInstanceAsync("old-099999", getInputsAndOutputs: true))!.ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_history_of_ten_thousand_events_is_led_on_without_replays_and_replayed_once_after_a_restart()
    {
        await using var engine = await TestEngine.Start(App, KeepsAll);
        await Waiting(engine, "long", waves: 100);
        Assert.True(engine.Engine.History("long").Count > 10_000);
        Assert.Equal(1, invocations);

        await engine.Restart();
        await engine.Client.RaiseEventAsync("long", "Go", 1);

        Assert.Equal((100 * Wave) + 1, (await engine.End("long")).ReadOutputAs<int>());
        Assert.Equal(2, invocations);
    }

    [Fact]
    public async Task Ten_times_the_history_costs_ten_times_the_rows_to_make_and_to_replay_not_a_hundred_times()
    {
        await using var engine = await TestEngine.Start(App, KeepsAll);

        var (small, large) = (await Rows(10), await Rows(100));

        Assert.True(large < 20 * small, $"1,000 events: {small} rows read, 10,000 events: {large}");

        async Task<long> Rows(int waves)
        {
            await engine.Restart(); // it counts from its start
            await Waiting(engine, $"waves-{waves}", waves);
            var made = engine.Engine.RowsRead;
            await engine.Restart();
            await engine.Client.RaiseEventAsync($"waves-{waves}", "Go", 1);
            await engine.End($"waves-{waves}");
            return made + engine.Engine.RowsRead;
        }
    }

    /// <summary>In memory alone, so that the disk hides nothing: ten short replays against one that is ten times as long.</summary>
    [Fact]
    public async Task An_event_costs_the_same_in_a_long_replay_as_in_a_short_one()
    {
        await using var engine = await TestEngine.Start(App, KeepsAll);
        await Waiting(engine, "short", waves: 10);
        await Waiting(engine, "long", waves: 100);
        var (brief, extended) = (engine.Engine.Record("short")!, engine.Engine.Record("long")!);

        var (small, large) = (Best(() => Replay(brief, times: 10)), Best(() => Replay(extended, times: 1)));

        Assert.True(large < 3 * small, $"ten times 1,000 events: {small}, once 10,000 events: {large}");

        void Replay(RecordedHistory history, int times) => Assert.All(Enumerable.Range(0, times), _ => Assert.Null(engine.Engine.Departure(history)));
    }

    [Fact]
    public async Task Ten_times_the_cancelled_timers_take_ten_times_as_long_not_a_hundred_times()
    {
        await using var engine = await TestEngine.Start(App);
        await Cost(600);

        var (small, large) = (await Cost(600), await Cost(6000));

        Assert.True(large < 30 * small, $"600 timers: {small}, 6,000 timers: {large}");

        async Task<TimeSpan> Cost(int timers)
        {
            var watch = Stopwatch.StartNew();
            Assert.Equal(timers, (await engine.Run("Timers", timers)).ReadOutputAs<int>());
            return watch.Elapsed;
        }
    }

    private static async Task Waiting(TestEngine engine, string id, int waves)
    {
        await engine.Begin("Waves", waves, id);
        await engine.Until(id, instance => instance.SerializedCustomStatus is not null); // whole histories are not read meanwhile: rows are counted
        Assert.True(engine.Engine.History(id).Count > 2 * waves * Wave);
    }

    /// <summary>The shortest of five: whatever else the machine did only ever makes it longer.</summary>
    private static TimeSpan Best(Action work) => Enumerable.Range(0, 5).Select(_ =>
    {
        var watch = Stopwatch.StartNew();
        work();
        return watch.Elapsed;
    }).Min();

    /// <summary>Completed instances with a history of ten events each.</summary>
    private static void Fill(string path, int count)
    {
        using var database = new Database(path);
        Schema.Create(database);
        Instances.Insert(database, new Instance("old", "x", "Waves"));
        database.Run($"""
            BEGIN;
            UPDATE instances SET status = 1, output = '7', created = 1, updated = 1;
            INSERT INTO history VALUES {string.Join(", ", Enumerable.Range(0, 10).Select(number => $"('old', {number}, '{Json.Write(new HistoryEntry(HistoryEventType.TaskCompleted, default))}')"))};
            WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {count})
              INSERT INTO instances SELECT printf('old-%06d', n), execution, name, version, status, created, updated, input, output, custom_status, failure, tags, parent, parent_name, parent_execution, parent_task
              FROM numbers, instances WHERE id = 'old';
            INSERT INTO history SELECT instances.id, number, event FROM instances, history WHERE instances.id > 'old' AND instance = 'old';
            COMMIT;
            """);
    }
}
