using Xunit.Abstractions;

namespace ServerlessTuning.Embedded.Functions.Tests.Chaos;

/// <summary>A whole host killed with -9 at random moments while 50 orchestrations run, each life beginning 40 more: 8 times, 300 in the long form.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Whatever_the_moment_of_the_kill_nothing_is_lost_and_nothing_counts_twice()
    {
        var kills = LongTests.Wanted ? 300 : 8;
        using var run = new ChaosRun(ofEachShape: 10, events: LongTests.Wanted ? 2000 : 60);
        var random = new Random(20261121);
        for (var kill = 0; kill < kills; kill++)
        {
            await Live(run, TimeSpan.FromMilliseconds(random.Next(0, 400)));
            run.AddWave();
        }

        await using (var last = run.Host())
        {
            using var http = await last.Answers(run.Port);
            await run.Finish(http);
            await run.Check(http);
            Assert.Equal(0, await last.Terminate());
        }

        run.CheckDatabase();
        output.WriteLine($"{kills} kills, {run.Ids.Count} orchestrations completed, {run.Taken} events taken and none lost");
        Assert.True(run.Taken > 0, "no event was taken: the test has tested nothing");
    }

    /// <summary>One life of the host: it starts, is talked to, and dies in the middle of it.</summary>
    private static async Task Live(ChaosRun run, TimeSpan length)
    {
        await using var host = run.Host();
        using var http = await host.Answers(run.Port);
        using var over = new CancellationTokenSource();
        var talking = Talk(run, http, over.Token);
        await Task.Delay(length);
        await host.Kill();
        await over.CancelAsync();
        await talking;
    }

    private static async Task Talk(ChaosRun run, HttpClient http, CancellationToken over)
    {
        await run.Start(http);
        await run.Send(http, over);
    }
}
