using Microsoft.DurableTask;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Embedded.DurableTask.Tests;

/// <summary>The fake answers as the engine would.</summary>
public sealed class FakeOrchestrationContextTests
{
    [Fact]
    public async Task Calls_are_answered_in_turn_and_retries_pass_their_waits_at_once()
    {
        var fake = new FakeOrchestrationContext()
            .Fails("Check", new IOException("busy"), times: 2)
            .Returns("Check", 7);

        var result = await fake.Run(async context =>
        {
            var start = context.CurrentUtcDateTime;
            var seven = await context.CallActivityAsync<int>("Check", "x", new TaskOptions(new RetryPolicy(5, TimeSpan.FromMinutes(1), 2)));
            return (seven, (context.CurrentUtcDateTime - start).TotalMinutes);
        });

        Assert.Equal((7, 3.0), result);
        Assert.Equal(["Check", "Check", "Check"], fake.CalledActivities);
    }

    [Theory, InlineData(5, "cancelled"), InlineData(15, "too late")]
    public async Task An_event_races_its_timeout_by_the_fakes_clock(int minutes, string expected)
    {
        var fake = new FakeOrchestrationContext().Raises("Cancel", after: TimeSpan.FromMinutes(minutes));

        var result = await fake.Run(async context =>
        {
            try
            {
                await context.WaitForExternalEvent<object>("cancel", TimeSpan.FromMinutes(10));
                return "cancelled";
            }
            catch (OperationCanceledException)
            {
                return "too late";
            }
        });

        Assert.Equal(expected, result);
    }

    [Fact]
    public async Task Waiting_for_what_never_comes_says_so()
    {
        var stuck = await Assert.ThrowsAsync<InvalidOperationException>(() => new FakeOrchestrationContext().Run(context => context.WaitForExternalEvent<int>("Go")));

        Assert.Equal("Orchestrator 'Orchestrator' waits at 00:00:00 for event 'Go', which the test does not raise.", stuck.Message);
    }
}
