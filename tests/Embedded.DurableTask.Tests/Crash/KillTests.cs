using System.Diagnostics;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace ServerlessTuning.Embedded.DurableTask.Tests.Crash;

public sealed class KillTests : IDisposable
{
    private const int Kills = 12;

    private readonly string folder = Directory.CreateTempSubdirectory("durable-kill-").FullName;

    [Fact]
    public async Task Killed_a_dozen_times_at_random_moments_every_orchestration_ends_as_if_undisturbed()
    {
        var random = new Random(20261121);
        for (var kill = 0; kill < Kills; kill++)
        {
            Assert.NotEqual(0, await Run(killAfter: TimeSpan.FromMilliseconds(random.Next(0, 250))));
        }

        Assert.Equal(0, await Run(killAfter: null));

        await using var engine = new DurableEngine(Path.Combine(folder, "history.db"), CrashProgram.App(folder), NullLoggerFactory.Instance);
        await engine.StartAsync();
        foreach (var id in CrashProgram.Ids)
        {
            Check((await engine.Client.GetInstanceAsync(id, getInputsAndOutputs: true))!, engine.History(id));
        }

        EveryEffectHappened();
        using var file = new Storage.Database(Path.Combine(folder, "history.db"));
        Assert.Equal("ok", file.Scalar("PRAGMA integrity_check"));
        Assert.Equal(0L, file.Scalar("SELECT (SELECT COUNT(*) FROM work) + (SELECT COUNT(*) FROM inbox)"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private void Check(OrchestrationMetadata ended, IReadOnlyList<HistoryEntry> history)
    {
        Assert.Equal(OrchestrationRuntimeStatus.Completed, ended.RuntimeStatus);
        var results = history.Where(entry => entry.TaskScheduledId is not null).Select(entry => entry.TaskScheduledId!.Value).ToList();
        Assert.Equal(results.Distinct(), results);
        switch (ended.Name)
        {
            case "Collect":
                CheckEvents(ended.ReadOutputAs<List<int>>()!);
                break;
            case "Naps":
                Assert.Equal(CrashProgram.Naps, history.Count(entry => entry.EventType == HistoryEventType.TimerFired));
                break;
            default:
                Assert.Equal(ended.Name switch { "Chain" => CrashProgram.ChainLength, "Fan" => CrashProgram.FanWidth, _ => 20 }, ended.ReadOutputAs<int>());
                break;
        }
    }

    /// <summary>All that the engine said it had taken is there, in order and once; what the sender was killed over may be there.</summary>
    private void CheckEvents(List<int> received)
    {
        var taken = File.ReadAllLines(Path.Combine(folder, "events.txt")).Where(line => line.StartsWith("sent ", StringComparison.Ordinal)).Select(line => int.Parse(line[5..]));
        Assert.Equal(received.Order().Distinct(), received);
        Assert.Empty(taken.Except(received));
    }

    private void EveryEffectHappened()
    {
        var effects = File.ReadAllLines(Path.Combine(folder, "effects.txt")).ToHashSet();
        foreach (var id in CrashProgram.Ids)
        {
            var count = id.StartsWith("Chain", StringComparison.Ordinal) ? CrashProgram.ChainLength : id.StartsWith("Fan", StringComparison.Ordinal) ? CrashProgram.FanWidth : 0;
            Assert.All(Enumerable.Range(0, count), i => Assert.Contains($"{id}/{i}", effects));
        }
    }

    /// <summary>Runs the program and kills it, with the signal that nothing can catch, some time after its engine has started.</summary>
    /// <returns>Its exit code; 137 when killed.</returns>
    private async Task<int> Run(TimeSpan? killAfter)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, ArgumentList = { "exec", typeof(CrashProgram).Assembly.Location, folder } };
        using var process = Process.Start(start)!;
        try
        {
            Assert.Equal("started", await process.StandardOutput.ReadLineAsync());
            await process.WaitForExitAsync().WaitAsync(killAfter ?? TimeSpan.FromSeconds(120));
        }
        catch (TimeoutException) when (killAfter is not null)
        {
            // its time is up
        }
        finally
        {
            process.Kill();
        }

        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
