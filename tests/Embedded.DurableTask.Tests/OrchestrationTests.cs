using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace ServerlessTuning.Embedded.DurableTask.Tests;

/// <summary>What an orchestrator may do. Each test runs twice: with its session kept in memory, and replayed at each step.</summary>
public sealed class OrchestrationTests
{
    private static DurableEngineOptions Cached(bool cached) => new() { CachedOrchestrations = cached ? 100 : 0 };

    [Theory, InlineData(true), InlineData(false)]
    public async Task Activities_in_a_row_hand_their_results_on(bool cached)
    {
        var app = new TestApp().Activity<int, int>("AddOne", x => x + 1).Orchestrator("Row", async context =>
        {
            var x = context.GetInput<int>();
            for (var i = 0; i < 5; i++)
            {
                x = await context.CallActivityAsync<int>("AddOne", x);
            }

            return x;
        });
        await using var engine = await TestEngine.Start(app, Cached(cached));

        var done = await engine.Run("Row", 10);

        Assert.Equal(15, done.ReadOutputAs<int>());
        Assert.Equal(OrchestrationRuntimeStatus.Completed, done.RuntimeStatus);
        Assert.Equal(5, app.Ran.Count);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Activities_side_by_side_all_count(bool cached)
    {
        var app = new TestApp().Activity<int, int>("Square", x => x * x).Orchestrator("Fan", async context =>
        {
            var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => context.CallActivityAsync<int>("Square", i)));
            return results.Sum();
        });
        await using var engine = await TestEngine.Start(app, Cached(cached));

        Assert.Equal(Enumerable.Range(0, 50).Sum(i => i * i), (await engine.Run("Fan")).ReadOutputAs<int>());
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_sub_orchestration_answers_its_parent_and_knows_it(bool cached)
    {
        var app = new TestApp()
            .Orchestrator("Child", context => Task.FromResult($"{context.GetInput<string>()} of {context.Parent!.Name} {context.Parent.InstanceId}"))
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync<string>("Child", "child", new SubOrchestrationOptions(instanceId: "child-1")));
        await using var engine = await TestEngine.Start(app, Cached(cached));

        var done = await engine.Run("Parent", id: "parent-1");

        Assert.Equal("child of Parent parent-1", done.ReadOutputAs<string>());
        Assert.Equal("Child", (await engine.Client.GetInstanceAsync("child-1"))!.Name);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Events_are_kept_until_they_are_awaited_and_served_in_order_without_regard_to_case(bool cached)
    {
        var app = new TestApp().Activity<string, bool>("Wait", _ => true).Orchestrator("Listen", async context =>
        {
            await context.WaitForExternalEvent<bool>("Go");
            return new[] { await context.WaitForExternalEvent<int>("VALUE"), await context.WaitForExternalEvent<int>("value"), await context.WaitForExternalEvent<int>("Value") };
        });
        await using var engine = await TestEngine.Start(app, Cached(cached));
        var id = await engine.Begin("Listen");

        for (var i = 1; i <= 3; i++)
        {
            await engine.Client.RaiseEventAsync(id, "Value", i);
        }

        await engine.Client.RaiseEventAsync(id, "go", true);

        Assert.Equal("[1,2,3]", (await engine.End(id)).SerializedOutput);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task An_event_that_does_not_come_in_time_is_given_up_and_the_next_one_is_not_lost(bool cached)
    {
        var app = new TestApp().Orchestrator("Patient", async context =>
        {
            try
            {
                await context.WaitForExternalEvent<string>("Answer", TimeSpan.FromMilliseconds(50));
                return "in time";
            }
            catch (OperationCanceledException)
            {
                context.SetCustomStatus("late");
                return await context.WaitForExternalEvent<string>("Answer");
            }
        });
        await using var engine = await TestEngine.Start(app, Cached(cached));
        var id = await engine.Begin("Patient");
        await engine.Until(id, instance => instance.SerializedCustomStatus == "\"late\"");

        await engine.Client.RaiseEventAsync(id, "Answer", "at last");

        Assert.Equal("at last", (await engine.End(id)).ReadOutputAs<string>());
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task An_event_in_time_cancels_its_timer(bool cached)
    {
        var app = new TestApp().Orchestrator("Quick", context => context.WaitForExternalEvent<int>("Answer", TimeSpan.FromHours(1)));
        await using var engine = await TestEngine.Start(app, Cached(cached));
        var id = await engine.Begin("Quick");

        await engine.Client.RaiseEventAsync(id, "Answer", 42);

        Assert.Equal(42, (await engine.End(id)).ReadOutputAs<int>());
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task The_first_of_several_tasks_decides(bool cached)
    {
        var app = new TestApp().Orchestrator("Race", async context =>
        {
            var cancel = context.WaitForExternalEvent<string>("Cancel");
            var child = context.CallSubOrchestratorAsync<string>("Slow");
            var progress = 0;
            while (true)
            {
                var step = context.WaitForExternalEvent<int>("Progress");
                var winner = await Task.WhenAny(cancel, child, step);
                if (winner == step)
                {
                    progress += await step;
                    continue;
                }

                return $"{await (Task<string>)winner} after {progress}";
            }
        }).Orchestrator("Slow", async context =>
        {
            for (var i = 1; i <= 3; i++)
            {
                context.SendEvent(context.Parent!.InstanceId, "Progress", i);
                await context.CreateTimer(TimeSpan.FromMilliseconds(5), CancellationToken.None);
            }

            return "slow one";
        });
        await using var engine = await TestEngine.Start(app, Cached(cached));

        Assert.Equal("slow one after 6", (await engine.Run("Race")).ReadOutputAs<string>());
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Continuing_as_new_starts_over_with_a_short_history_and_keeps_unread_events(bool cached)
    {
        var app = new TestApp().Orchestrator("Loop", async context =>
        {
            var seen = context.GetInput<int[]>()!;
            if (seen.Length == 3)
            {
                return seen;
            }

            var next = await context.WaitForExternalEvent<int>("Number");
            context.ContinueAsNew((int[])[.. seen, next]);
            return [];
        });
        await using var engine = await TestEngine.Start(app, Cached(cached));
        var id = await engine.Begin("Loop", Array.Empty<int>());

        foreach (var number in (int[])[7, 8, 9])
        {
            await engine.Client.RaiseEventAsync(id, "Number", number);
        }

        Assert.Equal("[7,8,9]", (await engine.End(id)).SerializedOutput);
        Assert.DoesNotContain(engine.Engine.History(id), entry => entry.EventType == HistoryEventType.EventRaised);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Time_and_guids_are_the_same_at_each_replay(bool cached)
    {
        var seen = new List<string>();
        var app = new TestApp().Activity<int, int>("Same", x => x).Orchestrator("Stable", async context =>
        {
            lock (seen)
            {
                seen.Add($"{context.CurrentUtcDateTime:o} {context.NewGuid()} {context.NewGuid()}");
            }

            await context.CallActivityAsync<int>("Same", 1);
            await context.CallActivityAsync<int>("Same", 2);
            return context.CurrentUtcDateTime;
        });
        await using var engine = await TestEngine.Start(app, Cached(cached));

        await engine.Run("Stable");

        Assert.Equal(cached ? 1 : 3, seen.Count);
        Assert.Single(seen.Distinct());
    }

    [Fact]
    public void Guids_are_those_of_the_durable_task_worker()
    {
        // name-based version 5 over "{instance}_{time:o}_{counter}"; computed with Python's uuid.uuid5
        var time = new DateTime(2026, 11, 21, 4, 0, 0, DateTimeKind.Utc);

        var guid = Orchestrations.DeterministicGuid.Create("run-1", time, 0);

        Assert.Equal("1b39cc89-2c13-5bf3-8df9-414bb435ed60", guid.ToString());
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_replay_is_silent_in_the_log_and_says_so(bool cached)
    {
        var fresh = 0;
        var app = new TestApp().Activity<int, int>("Same", x => x).Orchestrator("Quiet", async context =>
        {
            for (var i = 0; i < 3; i++)
            {
                fresh += context.IsReplaying ? 0 : 1;
                await context.CallActivityAsync<int>("Same", i);
            }

            return true;
        });
        await using var engine = await TestEngine.Start(app, Cached(cached));

        await engine.Run("Quiet");

        Assert.Equal(3, fresh);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task The_custom_status_is_seen_while_the_orchestration_waits_and_may_have_16_KB(bool cached)
    {
        var app = new TestApp().Orchestrator("Shows", async context =>
        {
            context.SetCustomStatus(new { stage = "waiting" });
            await context.WaitForExternalEvent<string>("Go");
            context.SetCustomStatus(new string('x', 9000));
            return 1;
        });
        await using var engine = await TestEngine.Start(app, Cached(cached));
        var id = await engine.Begin("Shows");
        await engine.Until(id, instance => instance.SerializedCustomStatus == """{"stage":"waiting"}""");
        await engine.Client.RaiseEventAsync(id, "Go");

        var failed = await engine.End(id);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, failed.RuntimeStatus);
        Assert.Contains("18,004 bytes of UTF-16 JSON; at most 16,384 are allowed", failed.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }
}
