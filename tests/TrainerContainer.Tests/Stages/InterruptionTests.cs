using System.Diagnostics;
using ServerlessTuning.Contracts;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Stages;
using ServerlessTuning.Trainer.Storage;

namespace ServerlessTuning.Trainer.Tests.Stages;

/// <summary>Whatever ends a trainer, the run goes on from a checkpoint that is whole.</summary>
[Collection(nameof(UndisturbedRun))]
public sealed class InterruptionTests(UndisturbedRun undisturbed)
{
    private const int Endless = 100_000;

    [Theory]
    [InlineData("000002-e1")]
    [InlineData("000004-e1")]
    public async Task Killed_inside_a_checkpoints_upload_the_run_goes_on_and_gives_the_same_adapter(string checkpoint)
    {
        await using var run = await TinyRun.Create();
        using (var trainer = run.Start())
        {
            await run.Until(() => Task.FromResult(Directory.Exists(Path.Combine(run.StorageFolder, BlobPaths.Runs, TinyRun.Id, "checkpoints", checkpoint))), "the upload");
            trainer.Kill();
            await run.Ended(trainer);
        }

        var counts = await run.Store.ReadJson<LatestCheckpoint>(BlobPaths.Runs, BlobPaths.LatestCheckpoint(TinyRun.Id), default);
        await run.WriteOrder(TinyRun.Order(attempt: 2, epoch: 2));
        var exit = await run.Run(attempt: 2, work: Repository.NewFolder()); // another machine: nothing is on its disk

        Assert.True(exit == ExitCodes.Done, run.Output.ToString());
        Assert.True(counts is null || counts.Step < 6);
        Assert.Equal(await undisturbed.Adapter(), await run.Bytes("artifacts/adapter/adapter_model.safetensors"));
        Assert.Equal([1, 2, 3, 4, 5, 6], (await WholeRunTests.Metrics(run)).Where(line => line.Loss is not null).Select(line => line.Step));
    }

    [Fact]
    public async Task SIGTERM_leaves_a_checkpoint_of_the_last_whole_step_and_exits_30()
    {
        await using var run = await TinyRun.Create(TinyRun.Order(steps: Endless, checkpointEvery: Endless));
        using var trainer = run.Start();
        await run.Until(async () => await run.Store.ReadJson<Heartbeat>(BlobPaths.Runs, BlobPaths.Heartbeat(TinyRun.Id, 1), default) is { Step: > 0 }, "the first step");

        using (Process.Start("kill", ["-TERM", $"{trainer.Id}"]))
        {
            await run.Ended(trainer);
        }

        Assert.Equal(ExitCodes.Interrupted, trainer.ExitCode);
        var done = await run.Done();
        Assert.Equal((1L, ExitCodes.Interrupted), (done.Epoch, done.ExitCode));
        Assert.Contains("SIGTERM", done.Error, StringComparison.Ordinal);
        var latest = await run.Latest();
        Assert.True(latest.Step > 0);
        Assert.Equal(latest.Step, (await WholeRunTests.Metrics(run)).Max(line => line.Step));
    }

    [Fact]
    public async Task A_second_trainer_of_the_run_exits_30_at_once_and_leaves_the_first_ones_report_alone()
    {
        await using var run = await TinyRun.Create();
        using var first = TrainerLock.TryTake(Path.Combine(run.Work, TinyRun.Id), attempt: 1);

        var exit = await run.Run();

        Assert.Equal(ExitCodes.Interrupted, exit);
        Assert.Contains("Another trainer", run.Output.ToString(), StringComparison.Ordinal);
        Assert.Null(await run.Store.Find(BlobPaths.Runs, BlobPaths.Done(TinyRun.Id, 1), default));
    }

    [Fact]
    public async Task A_run_that_asks_its_trainer_to_leave_gets_a_checkpoint()
    {
        await using var run = await TinyRun.Create(TinyRun.Order(steps: Endless, checkpointEvery: Endless, lease: 1));
        using var trainer = run.Start();
        await run.Until(async () => await run.Store.ReadJson<Heartbeat>(BlobPaths.Runs, BlobPaths.Heartbeat(TinyRun.Id, 1), default) is { Step: > 0 }, "the first step");

        await run.Store.WriteJson(BlobPaths.Runs, BlobPaths.Stop(TinyRun.Id, 1), new StopOrder("its run asked it to"), default);
        await run.Ended(trainer);

        Assert.Equal(ExitCodes.Interrupted, trainer.ExitCode);
        Assert.Contains("its run asked it to", (await run.Done()).Error, StringComparison.Ordinal);
        Assert.NotNull(await run.Store.ReadJson<LatestCheckpoint>(BlobPaths.Runs, BlobPaths.LatestCheckpoint(TinyRun.Id), default));
    }

    [Fact]
    public async Task A_lease_that_nobody_renews_stops_the_trainer_with_a_checkpoint()
    {
        await using var run = await TinyRun.Create(TinyRun.Order(steps: Endless, checkpointEvery: Endless, lease: 1));
        await run.Store.WriteJson(BlobPaths.Runs, BlobPaths.Lease(TinyRun.Id, 1), new { }, default);

        var exit = await run.RunHere();

        Assert.Equal(ExitCodes.Interrupted, exit);
        Assert.Contains("lease was not renewed", (await run.Done()).Error, StringComparison.Ordinal);
        Assert.True((await run.Latest()).Step > 0);
    }

    [Fact]
    public async Task A_trainer_is_fenced_by_a_higher_epoch_and_overwrites_nothing()
    {
        await using var run = await TinyRun.Create(TinyRun.Order(steps: Endless, checkpointEvery: 5));
        var newer = new LatestCheckpoint(7, 99, "checkpoints/000007-e99/");
        var taking = Task.Run(async () =>
        {
            await run.Until(async () => await run.Store.Find(BlobPaths.Runs, BlobPaths.LatestCheckpoint(TinyRun.Id), default) is not null, "the first checkpoint");
            await run.Store.WriteJson(BlobPaths.Runs, $"{TinyRun.Id}/{newer.Path}state.json", new { step = 7 }, default);
            await run.Store.WriteJson(BlobPaths.Runs, BlobPaths.LatestCheckpoint(TinyRun.Id), newer, default);
        });

        var exit = await run.RunHere();

        await taking;
        Assert.Equal(ExitCodes.Interrupted, exit);
        Assert.Contains("epoch 99", (await run.Done()).Error, StringComparison.Ordinal);
        Assert.Equal(newer, await run.Latest());
        Assert.NotNull(await run.Store.Find(BlobPaths.Runs, $"{TinyRun.Id}/{newer.Path}state.json", default));
    }

    [Fact]
    public async Task A_trainer_that_slept_while_a_newer_attempt_finished_the_run_changes_nothing_of_it()
    {
        using var azurite = new Azurite();
        foreach (var container in new[] { BlobPaths.Runs, BlobPaths.Models })
        {
            await azurite.Blobs.CreateBlobContainerAsync(container);
        }

        await using var run = await TinyRun.Create(TinyRun.Order(steps: 400, checkpointEvery: 4), azurite.ConnectionString);
        using var zombie = run.Start();
        await run.Until(async () => await run.Store.Find(BlobPaths.Runs, BlobPaths.LatestCheckpoint(TinyRun.Id), default) is not null, "the first checkpoint");
        Signal(zombie, "STOP");
        var slept = await run.Latest();
        await run.WriteOrder(TinyRun.Order(attempt: 2, epoch: 2, steps: 400, checkpointEvery: 100));
        Assert.Equal(ExitCodes.Done, await run.Run(attempt: 2, work: Repository.NewFolder()));
        var before = await Shared(run);

        Signal(zombie, "CONT");
        await run.Ended(zombie);

        Assert.True(slept.Step < 400, "it was done before it slept");
        Assert.Equal(ExitCodes.Interrupted, zombie.ExitCode);
        Assert.Contains("a newer attempt has taken over", (await run.Done()).Error, StringComparison.Ordinal);
        Assert.Equal(before, await Shared(run));
        Assert.Equal((400, 2L), ((await run.Latest()).Step, (await run.Latest()).Epoch));
    }

    /// <summary>What both attempts may write, by ETag; not the folders of checkpoints that never counted.</summary>
    private static async Task<Dictionary<string, string>> Shared(TinyRun run)
    {
        Dictionary<string, string> shared = [];
        foreach (var blob in await run.Store.List(BlobPaths.Runs, $"{TinyRun.Id}/", default))
        {
            if (!blob.Name.Contains("/attempts/", StringComparison.Ordinal) && !blob.Name.Contains("-e1/", StringComparison.Ordinal))
            {
                shared[blob.Name] = blob.ETag;
            }
        }

        return shared;
    }

    private static void Signal(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    [RootFact]
    public async Task A_disk_that_is_full_names_the_checkpoint_and_leaves_the_run_able_to_go_on()
    {
        var order = TinyRun.Order();
        order = order with { Plan = order.Plan with { Lora = order.Plan.Lora! with { Rank = 16 } } };
        await using var run = await TinyRun.Create(order);
        using var disk = new SmallDisk(kilobytes: 260);

        var exit = await run.RunHere(work: disk.Folder);

        Assert.Equal(ExitCodes.Failed, exit);
        var error = (await run.Done()).Error;
        Assert.Contains("the checkpoint of step 2 could not be written", error, StringComparison.Ordinal);
        Assert.Contains("free disk space", error, StringComparison.Ordinal);
        await run.WriteOrder(order with { Attempt = 2, Epoch = 2, Stages = [Stage.Train] });
        Assert.Equal(ExitCodes.Done, await run.RunHere(attempt: 2));
    }
}
