using System.ComponentModel.DataAnnotations;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Options;
using ServerlessTuning.Functions.Orchestrators;
using ServerlessTuning.Functions.Registry;
using ServerlessTuning.Functions.Triggers;

namespace ServerlessTuning.Functions.Tests.Triggers;

public sealed class PurgeHistoriesTests(RunningApp app) : IClassFixture<RunningApp>
{
    private Archive Archive => app.Services.GetRequiredService<Archive>();

    private DurableTaskClient Client => app.Services.GetRequiredService<DurableTaskClient>();

    [Fact]
    public async Task What_ended_long_ago_is_purged_shown_from_its_archive_and_never_started_again()
    {
        await app.Drop("old", "train.jsonl", RunningApp.Chats(60));
        await app.Drop("old-hang", "train.jsonl", RunningApp.Chats(60));
        var ended = Assert.Single(await app.Ended("old", 1));
        await RunningApp.Until(async () => (await app.Runs("old-hang")).Any(run => run.Status?.Stage == "train"));
        var before = await app.Get(ended.Id);

        await Purge(after: TimeSpan.FromDays(91));

        Assert.Null(await Client.GetInstanceAsync(ended.Id));
        Assert.Null(await Client.GetInstanceAsync(RunIds.OfWait(ended.Id, 1)));
        var archived = await app.Get(ended.Id);
        Assert.Equal((before.Result, before.Status, before.CreatedAt, before.Dataset), (archived.Result, archived.Status, archived.CreatedAt, archived.Dataset));
        Assert.True(await app.Blobs.GetBlobContainerClient(BlobPaths.Runs).GetBlobClient(BlobPaths.Archived(RunIds.OfWait(ended.Id, 1))).ExistsAsync());
        Assert.False(await Client.StartOnceAsync(Archive, ended.Id, new TuneInput("old"), default));
        Assert.Equal("Running", Assert.Single(await app.Runs("old-hang")).RuntimeStatus);
    }

    [Fact]
    public async Task What_ended_lately_stays()
    {
        await app.Drop("young", "train.jsonl", RunningApp.Chats(60));
        var ended = Assert.Single(await app.Ended("young", 1));

        await Purge(after: TimeSpan.FromDays(1));

        Assert.NotNull(await Client.GetInstanceAsync(ended.Id));
        Assert.Null(await Archive.FindAsync(ended.Id, default));
    }

    [Fact]
    public async Task A_failure_and_an_output_that_is_no_json_survive_the_archive()
    {
        var failed = new OrchestrationMetadata(nameof(TuneModel), "failed-1")
        {
            RuntimeStatus = OrchestrationRuntimeStatus.Failed,
            SerializedOutput = "it broke",
            FailureDetails = new("System.IO.IOException", "it broke", "at X", null, null),
        };

        await Archive.WriteAsync(failed, default);

        var found = (await Archive.FindAsync("failed-1", default))!;
        Assert.Equal(("\"it broke\"", "it broke", "System.IO.IOException"), (found.SerializedOutput, found.FailureDetails!.ErrorMessage, found.FailureDetails.ErrorType));
        Assert.Equal("it broke", (await app.Get("failed-1")).Result!.Reason);
    }

    [Fact]
    public void Less_than_a_day_is_refused()
    {
        var settings = new TuningOptions { Storage = "a=b", HistoryDays = 0 };
        var problems = new List<ValidationResult>();

        Validator.TryValidateObject(settings, new(settings), problems, validateAllProperties: true);

        Assert.Contains(nameof(TuningOptions.HistoryDays), Assert.Single(problems).MemberNames);
    }

    private Task Purge(TimeSpan after) =>
        new PurgeHistories(Archive, Microsoft.Extensions.Options.Options.Create(new TuningOptions()), new Later(after), NullLogger<PurgeHistories>.Instance).Run(null!, Client, default);

    private sealed class Later(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
