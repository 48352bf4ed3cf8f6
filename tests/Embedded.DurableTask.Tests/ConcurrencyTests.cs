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
            Enter();
            await Task.Delay(50);
            Leave();
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
            Enter();
            Thread.Sleep(50);
            Leave();
            return Task.FromResult(1);
        });
        await using var engine = await TestEngine.Start(app, new() { MaxConcurrentOrchestrations = limit });

        await Task.WhenAll(Enumerable.Range(0, 9).Select(_ => engine.Run("Thinks")));

        Assert.Equal(limit, most);
    }

    private void Enter()
    {
        lock (gate)
        {
            most = Math.Max(most, ++running);
        }
    }

    private void Leave()
    {
        lock (gate)
        {
            running--;
        }
    }
}
