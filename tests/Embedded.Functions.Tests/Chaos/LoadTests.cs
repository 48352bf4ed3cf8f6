using System.Collections.Concurrent;
using System.Diagnostics;
using Xunit.Abstractions;

namespace ServerlessTuning.Embedded.Functions.Tests.Chaos;

/// <summary>Status queries while orchestrations go on: 200 a second for 3 seconds; in the long form 2,000 a second for a minute, whose p99 is held to the figure asked for.</summary>
public sealed class LoadTests(ITestOutputHelper output)
{
    private const int Workers = 32;
    private const long MostGrowth = 200 << 20;

    [Fact]
    public async Task Status_queries_are_answered_while_orchestrations_go_on()
    {
        var (rate, length, slowest) = LongTests.Wanted ? (2000, TimeSpan.FromMinutes(1), 50) : (200, TimeSpan.FromSeconds(3), 5000);
        using var run = new ChaosRun(ofEachShape: 10, events: 60);
        await using var host = run.Host();
        using var http = await host.Answers(run.Port);
        await run.Start(http);
        string[] asked = [.. run.Ids];
        await Query(http, asked, rate, length / 10); // code is compiled when it is first used
        var before = host.Memory;
        using var over = new CancellationTokenSource();
        var runs = GoOn(run, http, over.Token);

        var took = await Query(http, asked, rate, length);

        await over.CancelAsync();
        await runs;
        await run.Finish(http);
        var p99 = took.Order().ElementAt(took.Count * 99 / 100);
        var after = host.Memory;
        output.WriteLine($"{took.Count} queries in {length.TotalSeconds} s beside {run.Ids.Count} orchestrations, p50 {took.Order().ElementAt(took.Count / 2):0.0} ms, p99 {p99:0.0} ms, memory {before >> 20} MiB to {after >> 20} MiB");
        Assert.True(p99 < slowest, $"p99 {p99:0} ms of {took.Count} queries"); // every question is asked, so a host that cannot keep up is seen by how late its answers are
        Assert.True(after - before < MostGrowth, $"memory {before >> 20} MiB to {after >> 20} MiB after {took.Count} queries");
    }

    /// <summary>Forty more orchestrations a second.</summary>
    private static async Task GoOn(ChaosRun run, HttpClient http, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            run.AddWave();
            await run.Start(http);
            await Task.Delay(1000, CancellationToken.None);
        }
    }

    /// <summary>Asks at a steady rate; a late answer makes the next question late, and its wait counts.</summary>
    /// <remarks>On threads of their own: in the pool of the program that runs tests, tasks stand still for most of a second now and then, while the host has nothing to do.</remarks>
    private static async Task<List<double>> Query(HttpClient http, string[] ids, int rate, TimeSpan length)
    {
        var took = new ConcurrentBag<double>();
        var clock = Stopwatch.StartNew();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Factory.StartNew(Ask, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        return [.. took];

        void Ask()
        {
            while (Interlocked.Increment(ref next) is var i && TimeSpan.FromSeconds((double)i / rate) is var due && due < length)
            {
                if (due - clock.Elapsed is { Ticks: > 0 } early)
                {
                    Thread.Sleep(early);
                }

                var begin = clock.Elapsed < due ? clock.Elapsed : due; // a sleep is of whole milliseconds
                using var answer = http.Send(new(HttpMethod.Get, $"runtime/webhooks/durabletask/instances/{ids[i % ids.Length]}"));
                Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
                took.Add((clock.Elapsed - begin).TotalMilliseconds);
            }
        }
    }
}
