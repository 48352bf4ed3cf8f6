using Microsoft.DurableTask;
using Microsoft.Extensions.Logging.Abstractions;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Embedded.DurableTask.Tests.Crash;

/// <summary>
/// The program that <see cref="KillTests"/> kills: orchestrations of mixed shape whose activities leave a line each in a
/// file, and a sender of numbered events that writes down which ones the engine has taken.
/// </summary>
internal static class CrashProgram
{
    public const int OfEachShape = 4;
    public const int ChainLength = 100;
    public const int FanWidth = 60;
    public const int Naps = 200;
    public const int Events = 120;

    public static readonly string[] Names = ["Chain", "Fan", "Tree", "Naps", "Collect"];

    public static IEnumerable<string> Ids => Names.SelectMany(shape => Enumerable.Range(0, OfEachShape).Select(i => $"{shape}-{i}"));

    /// <param name="args">The folder of the history and the two files.</param>
    public static async Task<int> Main(string[] args)
    {
        var folder = args[0];
        await using var engine = new DurableEngine(Path.Combine(folder, "history.db"), App(folder), NullLoggerFactory.Instance);
        await engine.StartAsync();
        foreach (var id in Ids)
        {
            if (await engine.Client.GetInstanceAsync(id) is null)
            {
                await engine.Client.ScheduleNewOrchestrationInstanceAsync(id.Split('-')[0], new StartOrchestrationOptions(id));
            }
        }

        Console.WriteLine("started");
        await Send(engine, folder);
        await Task.WhenAll(Ids.Select(id => engine.Client.WaitForInstanceCompletionAsync(id)));
        return 0;
    }

    public static TestApp App(string folder)
    {
        var effects = new Lock();
        return new TestApp()
            .Activity<string, int>("Effect", async name =>
            {
                await Task.Delay(5);
                lock (effects)
                {
                    File.AppendAllText(Path.Combine(folder, "effects.txt"), name + "\n");
                }

                return 1;
            })
            .Orchestrator("Chain", context => Shapes.Row(context, "Effect", ChainLength))
            .Orchestrator("Short", context => Shapes.Row(context, "Effect", 5))
            .Orchestrator("Fan", async context =>
                (await Task.WhenAll(Enumerable.Range(0, FanWidth).Select(i => context.CallActivityAsync<int>("Effect", $"{context.InstanceId}/{i}")))).Sum())
            .Orchestrator("Tree", async context =>
                (await Task.WhenAll(Enumerable.Range(0, 4).Select(i => context.CallSubOrchestratorAsync<int>("Short", new SubOrchestrationOptions(instanceId: $"{context.InstanceId}-{i}"))))).Sum())
            .Orchestrator("Naps", async context =>
            {
                for (var i = 0; i < Naps; i++)
                {
                    await context.CreateTimer(TimeSpan.FromMilliseconds(20), CancellationToken.None);
                }

                return Naps;
            })
            .Orchestrator("Collect", Shapes.Collect);
    }

    /// <summary>Sends the numbers that no earlier process began to send; -1 is the end.</summary>
    private static async Task Send(DurableEngine engine, string folder)
    {
        var log = Path.Combine(folder, "events.txt");
        var next = File.Exists(log) ? (await File.ReadAllLinesAsync(log)).Count(line => line.StartsWith("sends", StringComparison.Ordinal)) : 0;
        for (; next < Events; next++)
        {
            await File.AppendAllTextAsync(log, $"sends {next}\n");
            await Task.WhenAll(Collectors().Select(id => engine.Client.RaiseEventAsync(id, "Number", next)));
            await File.AppendAllTextAsync(log, $"sent {next}\n");
            await Task.Delay(10);
        }

        await Task.WhenAll(Collectors().Select(id => engine.Client.RaiseEventAsync(id, "Number", -1)));
    }

    private static IEnumerable<string> Collectors() => Ids.Where(id => id.StartsWith("Collect", StringComparison.Ordinal));
}
