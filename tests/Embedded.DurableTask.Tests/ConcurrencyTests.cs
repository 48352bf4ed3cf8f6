namespace ServerlessTuning.Embedded.DurableTask.Tests;

/// <summary>No more at once than the settings allow, and no fewer.</summary>
public sealed class ConcurrencyTests
{
    private readonly Lock gate = new();
    private int running;
    private int most;

    [Theory, InlineData(1), InlineData(3)]
    public async Task So_many_activities_run_at_once(int limit)
    {
        var app = new TestApp().Activity<int, int>("Works", async x =>
        {
            await Task.Run(() => BeTogether(limit));
            return x;
        }).Orchestrator("Fan", async context => (await Task.WhenAll(Enumerable.Range(0, 9).Select(i => context.CallActivityAsync<int>("Works", i)))).Sum());
        await using var engine = await TestEngine.Start(app, new() { MaxConcurrentActivities = limit });

        await engine.Run("Fan");

        Assert.Equal(limit, most);
    }

    [Theory, InlineData(1), InlineData(3)]
    public async Task So_many_orchestrations_take_a_step_at_once(int limit)
    {
        var app = new TestApp().Orchestrator("Thinks", context =>
        {
            BeTogether(limit);
            return Task.FromResult(1);
        });
        await using var engine = await TestEngine.Start(app, new() { MaxConcurrentOrchestrations = limit });

        await Task.WhenAll(Enumerable.Range(0, 9).Select(_ => engine.Run("Thinks")));

        Assert.Equal(limit, most);
    }

    /// <summary>Stays until as many are here as may be, and a little longer: time for one too many.</summary>
    private void BeTogether(int limit)
    {
        lock (gate)
        {
            most = Math.Max(most, ++running);
        }

        SpinWait.SpinUntil(() => Volatile.Read(ref most) >= limit, TimeSpan.FromSeconds(20));
        Thread.Sleep(20);
        lock (gate)
        {
            running--;
        }
    }
}
