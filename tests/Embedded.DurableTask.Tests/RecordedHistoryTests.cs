using Microsoft.DurableTask;
using Microsoft.Extensions.Logging.Abstractions;

namespace ServerlessTuning.Embedded.DurableTask.Tests;

/// <summary>A history of one release against the code of another.</summary>
public sealed class RecordedHistoryTests
{
    [Theory, InlineData(true), InlineData(false)]
    public async Task The_code_that_recorded_a_history_follows_it(bool isOver)
    {
        var history = await Record(context => Steps(context, "A", "B"), isOver);

        Assert.Null(Departure(history, context => Steps(context, "A", "B")));
    }

    [Fact]
    public async Task Another_call_in_the_place_of_the_recorded_one_is_found_and_both_are_named()
    {
        var history = await Record(context => Steps(context, "A", "B"), isOver: false);

        var departure = Departure(history, context => Steps(context, "A", "C"));

        Assert.Contains("a call of activity 'B' (#1)", departure);
        Assert.Contains("a call of activity 'C' (#1)", departure);
    }

    [Fact]
    public async Task Another_end_is_found()
    {
        var ended = await Record(context => Steps(context, "A", "B"), isOver: true);
        var open = await Record(context => Steps(context, "A", "B"), isOver: false);

        Assert.Contains("Expected (recorded): Completed. Found (code of now): Failed", Departure(ended, async context => throw new InvalidDataException(await Steps(context, "A", "B"))));
        Assert.Contains("Expected (recorded): goes on. Found (code of now): Completed", Departure(open, async context =>
            await context.CallActivityAsync<string>("A", "") + await context.CallActivityAsync<string>("B", "")));
    }

    [Fact]
    public async Task A_branch_on_the_version_keeps_an_old_history_going()
    {
        var history = await Record(context => Steps(context, "A", "B"), isOver: false);

        Assert.Null(Departure(history, context => Steps(context, "A", context.CompareVersionTo("2.0") < 0 ? "B" : "C")));
    }

    private static async Task<string> Steps(TaskOrchestrationContext context, params string[] names)
    {
        var all = "";
        foreach (var name in names)
        {
            all += await context.CallActivityAsync<string>(name, all);
        }

        return all + await context.WaitForExternalEvent<string>("Go");
    }

    private static async Task<RecordedHistory> Record(Func<TaskOrchestrationContext, Task<string>> code, bool isOver)
    {
        var app = App(code);
        await using var engine = await TestEngine.Start(app, new() { DefaultVersion = "1.0" });
        var id = await engine.Begin("Steps");
        await engine.Until(id, _ => engine.Engine.History(id).Count(entry => entry.EventType == HistoryEventType.TaskCompleted) == 2);
        if (isOver)
        {
            await engine.Client.RaiseEventAsync(id, "Go", "!");
            await engine.End(id);
        }

        return engine.Engine.Record(id)!;
    }

    private static TestApp App(Func<TaskOrchestrationContext, Task<string>> code) => new TestApp()
        .Activity<string, string>("A", _ => "a").Activity<string, string>("B", _ => "b").Activity<string, string>("C", _ => "c").Orchestrator("Steps", code);

    private static string? Departure(RecordedHistory history, Func<TaskOrchestrationContext, Task<string>> code) =>
        new DurableEngine("unused", App(code), NullLoggerFactory.Instance).Departure(history);
}
