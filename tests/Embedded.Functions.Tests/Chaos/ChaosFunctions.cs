using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Embedded.Functions.Tests.Chaos;

/// <summary>Orchestrations of mixed shape, whose activities leave a line each in a file: work that cannot be taken back.</summary>
public static class ChaosFunctions
{
    public const int ChainLength = 30, FanWidth = 20, Branches = 4, BranchLength = 5, NapCount = 30;

    /// <summary>Name of the setting with the folder of the file.</summary>
    public const string Folder = "CHAOS_FOLDER";

    public static readonly string[] Names = [nameof(Chain), nameof(Fan), nameof(Tree), nameof(Naps), nameof(Collect)];

    private static readonly Lock Gate = new();

    [Function(nameof(Effect))]
    public static async Task<int> Effect([ActivityTrigger] string name)
    {
        await Task.Delay(5);
        lock (Gate)
        {
            File.AppendAllText(Path.Combine(Environment.GetEnvironmentVariable(Folder)!, "effects.txt"), name + "\n");
        }

        return 1;
    }

    [Function(nameof(Chain))]
    public static Task<int> Chain([OrchestrationTrigger] TaskOrchestrationContext context) => Shapes.Row(context, nameof(Effect), ChainLength);

    [Function(nameof(Branch))]
    public static Task<int> Branch([OrchestrationTrigger] TaskOrchestrationContext context) => Shapes.Row(context, nameof(Effect), BranchLength);

    [Function(nameof(Fan))]
    public static async Task<int> Fan([OrchestrationTrigger] TaskOrchestrationContext context) =>
        (await Task.WhenAll(Enumerable.Range(0, FanWidth).Select(i => context.CallActivityAsync<int>(nameof(Effect), $"{context.InstanceId}/{i}")))).Sum();

    [Function(nameof(Tree))]
    public static async Task<int> Tree([OrchestrationTrigger] TaskOrchestrationContext context) =>
        (await Task.WhenAll(Enumerable.Range(0, Branches).Select(i => context.CallSubOrchestratorAsync<int>(nameof(Branch), new SubOrchestrationOptions(instanceId: $"{context.InstanceId}-{i}"))))).Sum();

    [Function(nameof(Naps))]
    public static async Task<int> Naps([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        for (var i = 0; i < NapCount; i++)
        {
            await context.CreateTimer(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }

        return NapCount;
    }

    [Function(nameof(Collect))]
    public static Task<List<int>> Collect([OrchestrationTrigger] TaskOrchestrationContext context) => Shapes.Collect(context);
}
