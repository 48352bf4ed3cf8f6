using Microsoft.DurableTask;
using ServerlessTuning.Embedded.DurableTask;

namespace ServerlessTuning.Bench.Durable;

/// <summary>The orchestrations that are timed: three greetings in a row, a thousand side by side, and as many waves of fifty as are asked for.</summary>
internal sealed class HelloApp : IDurableFunctions
{
    public const int FanWidth = 1000;

    public int Waves { get; init; }

    public bool HasOrchestrator(string name) => true;

    public bool HasActivity(string name) => true;

    public async Task<object?> RunOrchestratorAsync(string name, TaskOrchestrationContext context) => name switch
    {
        "Chain" => (string[])[await Hello(context, "Tokyo"), await Hello(context, "Seattle"), await Hello(context, "London")],
        "Fan" => await Fan(context, FanWidth),
        _ => await WavesOf(context),
    };

    public Task<object?> RunActivityAsync(string name, string instanceId, string? serializedInput, CancellationToken cancellation) =>
        Task.FromResult<object?>($"Hello {serializedInput}!");

    private static Task<string[]> Fan(TaskOrchestrationContext context, int width) => Task.WhenAll(Enumerable.Range(0, width).Select(i => Hello(context, $"{i}")));

    private static Task<string> Hello(TaskOrchestrationContext context, string city) => context.CallActivityAsync<string>("Hello", city);

    private async Task<string?> WavesOf(TaskOrchestrationContext context)
    {
        for (var wave = 0; wave < Waves; wave++)
        {
            await Fan(context, 50);
        }

        context.SetCustomStatus("waits");
        return await context.WaitForExternalEvent<string?>("Go");
    }
}
