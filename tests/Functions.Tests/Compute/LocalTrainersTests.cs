using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Options;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Functions.Tests.Compute;

/// <summary>With a shell script in the trainer's place.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class LocalTrainersTests : IDisposable
{
    private readonly string folder = Repository.NewFolder();

    [Fact]
    public async Task A_trainer_gets_its_order_and_its_storage_and_writes_its_log()
    {
        var trainers = Trainers("echo \"$1 $2 $Tuning__Storage $Tuning__Work\"");

        await trainers.StartAsync("run-1", 2, default);

        await Until(async () => !await trainers.IsAliveAsync("run-1", 2, default));
        Assert.Equal($"run run-1/attempts/2/order.json UseDevelopmentStorage=true {folder}/work\n", await File.ReadAllTextAsync(Path.Combine(folder, "work", "run-1", "trainer-2.log")));
    }

    [Fact]
    public async Task A_trainer_that_lives_is_not_started_again_and_another_app_finds_it()
    {
        await Trainers("echo started; sleep 60").StartAsync("run-2", 1, default);
        var later = Trainers("echo started; sleep 60"); // an app that was restarted knows only the files

        await later.StartAsync("run-2", 1, default);

        Assert.True(await later.IsAliveAsync("run-2", 1, default));
        Assert.False(await later.IsAliveAsync("run-2", 2, default));
        Assert.Equal(["run-2"], await later.ListAsync(default));
        var log = Path.Combine(folder, "work", "run-2", "trainer-1.log");
        await Until(() => Task.FromResult(File.Exists(log) && File.ReadAllText(log) == "started\n"));
        await later.StopAsync("run-2", default);
        Assert.Empty(await later.ListAsync(default));
    }

    [Fact]
    public async Task A_trainer_is_asked_to_leave_first()
    {
        var trainers = Trainers("trap 'echo checkpoint; exit 30' TERM; echo ready; while true; do sleep 0.05; done");
        await trainers.StartAsync("run-3", 1, default);
        var log = Path.Combine(folder, "work", "run-3", "trainer-1.log");
        await Until(async () => File.Exists(log) && (await File.ReadAllTextAsync(log)).Contains("ready", StringComparison.Ordinal));

        await trainers.StopAsync("run-3", default);

        Assert.False(await trainers.IsAliveAsync("run-3", 1, default));
        Assert.Contains("checkpoint", await File.ReadAllTextAsync(log));
    }

    [Fact]
    public async Task A_trainer_that_does_not_leave_is_killed()
    {
        var trainers = Trainers("trap '' TERM; echo ready; while true; do sleep 0.05; done", stopSeconds: 0.3);
        await trainers.StartAsync("run-4", 1, default);
        await Until(() => Task.FromResult(File.Exists(Path.Combine(folder, "work", "run-4", "trainer-1.log"))));

        await trainers.StopAsync("run-4", default);

        await Until(async () => !await trainers.IsAliveAsync("run-4", 1, default));
        await trainers.StopAsync("run-4", default); // the second time there is nothing to stop
    }

    [Fact]
    public async Task A_trainer_that_has_ended_before_its_start_is_noted_is_not_alive()
    {
        using var ended = Process.Start("true");
        await ended.WaitForExitAsync();

        var noted = TrainerProcess.Of(ended, 1);

        Assert.Equal(ended.Id, noted.Pid);
        Assert.Null(noted.Find());
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    public async Task A_trainer_ran_out_of_memory_when_the_kernel_has_killed_since_its_start(long more, bool expected)
    {
        var trainers = Trainers("kill -9 $$");
        await trainers.StartAsync("run-8", 1, default);
        await Until(async () => !await trainers.IsAliveAsync("run-8", 1, default));
        var file = Path.Combine(folder, "work", "run-8", "trainer-1.started");
        var started = JsonSerializer.Deserialize<TrainerProcess>(await File.ReadAllTextAsync(file), TuningJson.Options)!;

        (started with { MemoryKills = started.MemoryKills + more }).Write(file); // the kernel's count cannot be raised without harm, so the noted one is lowered

        Assert.Equal(expected, await trainers.RanOutOfMemoryAsync("run-8", 1, default));
    }

    [Fact]
    public async Task A_process_that_only_has_the_same_number_is_nobodys_trainer()
    {
        using var self = Process.GetCurrentProcess();
        Directory.CreateDirectory(Path.Combine(folder, "work", "run-5"));
        var recycled = new TrainerProcess(self.Id, self.StartTime.ToUniversalTime() - TimeSpan.FromHours(1), 1);
        await File.WriteAllTextAsync(Path.Combine(folder, "work", "run-5", "trainer.lock"), JsonSerializer.Serialize(recycled, TuningJson.Options));

        Assert.False(await Trainers("").IsAliveAsync("run-5", 1, default));
    }

    [Fact]
    public async Task The_trainers_own_file_is_enough_to_find_it()
    {
        using var self = Process.GetCurrentProcess();
        Directory.CreateDirectory(Path.Combine(folder, "work", "run-6"));
        await File.WriteAllTextAsync(Path.Combine(folder, "work", "run-6", "trainer.lock"), JsonSerializer.Serialize(new { pid = self.Id, startTime = self.StartTime.ToUniversalTime(), attempt = 4 }, TuningJson.Options));

        Assert.True(await Trainers("").IsAliveAsync("run-6", 4, default));
    }

    [Fact]
    public async Task A_missing_trainer_is_named_with_what_to_do()
    {
        var trainers = new LocalTrainers(Microsoft.Extensions.Options.Options.Create(new TuningOptions { Work = folder, TrainerPath = "/nowhere/Trainer.dll" }), NullLogger<LocalTrainers>.Instance);

        var failure = await Assert.ThrowsAsync<TrainerMissingException>(() => trainers.StartAsync("run-7", 1, default));

        Assert.Contains("/nowhere/Trainer.dll", failure.Message);
        Assert.Contains("Tuning:TrainerPath", failure.Message);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private LocalTrainers Trainers(string script, double stopSeconds = 10)
    {
        var path = Path.Combine(folder, $"trainer-{Directory.GetFiles(folder).Length}");
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var settings = new TuningOptions { Storage = "UseDevelopmentStorage=true", Work = Path.Combine(folder, "work"), TrainerPath = path, StopSeconds = stopSeconds };
        return new(Microsoft.Extensions.Options.Options.Create(settings), NullLogger<LocalTrainers>.Instance);
    }

    private static async Task Until(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 300 && !await holds(); i++)
        {
            await Task.Delay(50);
        }

        Assert.True(await holds());
    }
}
