using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ServerlessTuning.Embedded.DurableTask;

namespace ServerlessTuning.Functions.Tests.Histories;

/// <summary>
/// What runs now can be recorded and is followed. With the setting it also writes the histories that RecordedHistoriesTests replays. To record anew:
/// <c>TUNING_RECORD_HISTORIES=1 dotnet test tests/Functions.Tests -c Release --filter RecordHistories</c>, then commit the files beside this one.
/// </summary>
public sealed class RecordHistories
{
    private static bool IsRecording => Environment.GetEnvironmentVariable("TUNING_RECORD_HISTORIES") is "1";

    [Fact]
    public async Task What_runs_now_can_be_recorded_and_is_followed()
    {
        var app = new QuickApp();
        await app.InitializeAsync();
        try
        {
            await Ended(app, "evicted");
            await Ended(app, "rejected", """{ "base": "absent" }""");
            if (IsRecording)
            {
                await Ended(app, "published");
                await Ended(app, "worse");
                await Ended(app, "flaky");
                await PausedThenCancelled(app, "hang-paused");
                await InFlight(app, "hang-in-flight");
            }
        }
        finally
        {
            await app.DisposeAsync();
        }
    }

    /// <summary>Two triggers of one drop: one run of them only names the other, which is a way through the code too.</summary>
    private static async Task Ended(RunningApp app, string dataset, string request = "{}")
    {
        await app.Drop(dataset, "tuning.json", request);
        await app.Drop(dataset, "train.jsonl", RunningApp.Chats(60));
        Keep(app, dataset, [.. (await app.Ended(dataset, 2)).Select(run => run.Id)]);
    }

    private static async Task PausedThenCancelled(RunningApp app, string dataset)
    {
        var run = await Training(app, dataset);
        await Tell(app, run, "pause", "paused");
        await Tell(app, run, "resume", "train");
        await Tell(app, run, "cancel", "done");
        await RunningApp.Until(async () => (await app.Get(run)).Result is not null);
        Keep(app, dataset, run);
    }

    /// <summary>Long enough for the wait to have continued as new.</summary>
    private static async Task InFlight(RunningApp app, string dataset)
    {
        var run = await Training(app, dataset);
        await Task.Delay(TimeSpan.FromSeconds(25));
        Keep(app, dataset, run);
        await Tell(app, run, "cancel", "done");
    }

    private static async Task<string> Training(RunningApp app, string dataset)
    {
        await app.Drop(dataset, "train.jsonl", RunningApp.Chats(60));
        await RunningApp.Until(async () => (await app.Runs(dataset)).Any(run => run.Status?.Stage == "train"));
        return (await app.Runs(dataset)).Single().Id;
    }

    private static async Task Tell(RunningApp app, string run, string what, string stage)
    {
        using var answer = await app.Http.PostAsync($"runs/{run}/{what}", null);
        answer.EnsureSuccessStatusCode();
        await RunningApp.Until(async () => (await app.Get(run)).Status?.Stage == stage);
    }

    /// <summary>Runs and what they called.</summary>
    private static void Keep(RunningApp app, string name, params string[] runs)
    {
        var engine = app.Services.GetRequiredService<DurableEngine>();
        List<RecordedHistory> histories = [.. runs.SelectMany(WithChildren)];
        Assert.All(histories, history => Assert.Null(engine.Departure(history)));
        if (IsRecording)
        {
            HistoryFiles.Write(name, histories);
        }

        IEnumerable<RecordedHistory> WithChildren(string id)
        {
            var history = engine.Record(id)!;
            return history.Events.Where(entry => entry.EventType == HistoryEventType.SubOrchestrationInstanceCreated).SelectMany(entry => WithChildren(entry.InstanceId!)).Prepend(history);
        }
    }

    private sealed class QuickApp : RunningApp
    {
        protected override void Configure(WebApplicationBuilder builder) =>
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Tuning:PollSeconds"] = "0.25" });
    }
}
