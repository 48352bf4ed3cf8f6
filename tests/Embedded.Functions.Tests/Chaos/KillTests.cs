namespace ServerlessTuning.Embedded.Functions.Tests.Chaos;

/// <summary>A whole host killed with -9 at random moments while 50 orchestrations run: 8 times, 300 in the long form.</summary>
public sealed class KillTests
{
    [Fact]
    public async Task Whatever_the_moment_of_the_kill_nothing_is_lost_and_nothing_counts_twice()
    {
        var kills = LongTests.Wanted ? 300 : 8;
        using var run = new ChaosRun(ofEachShape: 10, events: LongTests.Wanted ? 2000 : 60);
        var random = new Random(20261121);
        for (var kill = 0; kill < kills; kill++)
        {
            await Live(run, TimeSpan.FromMilliseconds(random.Next(0, 400)), isFirst: kill == 0);
        }

        await using (var last = run.Host())
        {
            using var http = await last.Answers(run.Port);
            await run.Finish(http);
            await run.Check(http);
            Assert.Equal(0, await last.Terminate());
        }

        run.CheckDatabase();
        Assert.True(run.Taken > 0, "no event was taken: the test has tested nothing");
    }

    /// <summary>One life of the host: it starts, is talked to, and dies in the middle of it.</summary>
    private static async Task Live(ChaosRun run, TimeSpan length, bool isFirst)
    {
        await using var host = run.Host();
        using var http = await host.Answers(run.Port);
        if (isFirst)
        {
            await run.Start(http);
        }

        using var over = new CancellationTokenSource();
        var sending = run.Send(http, over.Token);
        await Task.Delay(length);
        await host.Kill();
        await over.CancelAsync();
        await sending;
    }
}
