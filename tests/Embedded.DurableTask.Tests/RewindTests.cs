using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace ServerlessTuning.Embedded.DurableTask.Tests;

/// <summary>A failed instance goes back to before its failure: what failed is done again, what succeeded is not.</summary>
public sealed class RewindTests
{
    private readonly HashSet<string> broken = ["b"];
    private readonly TestApp app;

    public RewindTests() => app = new TestApp()
        .Activity<string, string>("Step", input => broken.Contains(input) ? throw new IOException($"{input} is broken") : input.ToUpperInvariant())
        .Activity<string, string>("Release", _ => "released")
        .Orchestrator("Row", async context => await Step(context, "a") + await Step(context, "b") + await Step(context, "c"))
        .Orchestrator("Fan", async context => string.Concat(await Task.WhenAll(Later(context, "d"), Step(context, "a"), Step(context, "b"), Step(context, "c"))))
        .Orchestrator("Tries", context => Step(context, "b", new(new RetryPolicy(2, TimeSpan.FromMilliseconds(10)))))
        .Orchestrator("Parent", async context => await Step(context, "a") + await context.CallSubOrchestratorAsync<string>("Row", options: new SubOrchestrationOptions(instanceId: "child")))
        .Orchestrator("Tidy", async context =>
        {
            try
            {
                return await Step(context, "a") + await Step(context, "b");
            }
            finally
            {
                await context.CallActivityAsync("Release", "");
            }
        })
        .Orchestrator("Hears", async context =>
        {
            var heard = context.WaitForExternalEvent<string>("Go");
            var step = Step(context, "b");
            await Task.WhenAll(heard, step);
            return await heard + await step;
        });

    [Fact]
    public async Task What_failed_is_done_again_and_what_succeeded_is_not()
    {
        await using var engine = await Failed("Row");

        Assert.Equal("ABC", await Mended(engine));
        Assert.Equal(4, app.Ran.Count); // a, b, b again, c
        Assert.Contains(engine.Engine.History("one"), entry => entry.EventType == HistoryEventType.GenericEvent && entry.Reason == "Rewound: mended");
        Assert.DoesNotContain(engine.Engine.History("one"), entry => entry.EventType == HistoryEventType.TaskFailed);
    }

    [Fact]
    public async Task All_that_failed_side_by_side_is_done_again_also_what_failed_before_the_end()
    {
        broken.UnionWith(["c", "d"]);
        await using var engine = await Failed("Fan");
        broken.Clear();

        Assert.Equal("DABC", await Mended(engine));
        Assert.Equal(4 + 3, app.Ran.Count);
    }

    [Fact]
    public async Task What_still_fails_fails_the_instance_again_and_it_can_be_rewound_again()
    {
        await using var engine = await Failed("Row");

        await engine.Client.RewindInstanceAsync("one", "too early");
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await engine.End("one")).RuntimeStatus);

        Assert.Equal("ABC", await Mended(engine));
    }

    [Fact]
    public async Task Of_a_call_with_retries_the_last_try_is_made_again()
    {
        await using var engine = await Failed("Tries");

        Assert.Equal("B", await Mended(engine));
        Assert.Equal(3, app.Ran.Count);
    }

    [Fact]
    public async Task Cleaning_up_after_the_failure_is_undone_with_it()
    {
        await using var engine = await Failed("Tidy");

        Assert.Equal("AB", await Mended(engine));
        Assert.Equal(["Step", "Step", "Release", "Step", "Release"], app.Ran);
    }

    [Fact]
    public async Task A_failed_sub_orchestration_is_rewound_with_its_parent()
    {
        await using var engine = await Failed("Parent");

        Assert.Equal("AABC", await Mended(engine));
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await engine.End("child")).RuntimeStatus);
        Assert.Equal(5, app.Ran.Count); // a; a, b, b again, c
    }

    [Fact]
    public async Task An_event_that_was_heard_is_not_lost()
    {
        await using var engine = await TestEngine.Start(app);
        await engine.Begin("Hears", id: "one");
        await engine.Until("one", _ => engine.Engine.History("one").Any(entry => entry.EventType == HistoryEventType.TaskFailed));
        await engine.Client.RaiseEventAsync("one", "Go", "heard ");
        await engine.End("one");

        Assert.Equal("heard B", await Mended(engine));
    }

    [Fact]
    public async Task Code_that_failed_by_itself_goes_on_from_there_once_it_is_mended()
    {
        var isMended = false;
        app.Orchestrator("Row", async context => await Step(context, "a") + (isMended ? "!" : throw new InvalidDataException("a bug")));
        await using var engine = await Failed("Row");
        isMended = true;

        Assert.Equal("A!", await Mended(engine));
        Assert.Single(app.Ran);
    }

    [Fact]
    public async Task A_rewound_instance_survives_a_restart_of_the_engine()
    {
        await using var engine = await Failed("Row");
        broken.Clear();
        await engine.Client.RewindInstanceAsync("one", "mended");

        await engine.Restart();

        Assert.Equal("ABC", (await engine.End("one")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Only_a_failed_instance_can_be_rewound()
    {
        broken.Clear();
        await using var engine = await TestEngine.Start(app);
        await engine.Run("Row", id: "one");

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => engine.Client.RewindInstanceAsync("one", ""));
        await Assert.ThrowsAsync<ArgumentException>(() => engine.Client.RewindInstanceAsync("unknown", ""));

        Assert.Contains("'one' is Completed; only a failed one can be rewound", refused.Message);
    }

    private static Task<string> Step(TaskOrchestrationContext context, string input, TaskOptions? options = null) => context.CallActivityAsync<string>("Step", input, options);

    private static async Task<string> Later(TaskOrchestrationContext context, string input)
    {
        await context.CreateTimer(TimeSpan.FromMilliseconds(200), CancellationToken.None);
        return await Step(context, input);
    }

    private async Task<TestEngine> Failed(string orchestrator)
    {
        var engine = await TestEngine.Start(app);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await engine.Run(orchestrator, id: "one")).RuntimeStatus);
        return engine;
    }

    private async Task<string?> Mended(TestEngine engine)
    {
        broken.Clear();
        await engine.Client.RewindInstanceAsync("one", "mended");
        var ended = await engine.End("one");
        return ended.RuntimeStatus == OrchestrationRuntimeStatus.Completed ? ended.ReadOutputAs<string>() : $"{ended}";
    }
}
