using Microsoft.DurableTask;
using ServerlessTuning.Embedded.DurableTask;

namespace ServerlessTuning.Bench.Durable;

/// <summary>The orchestrations that are timed: three greetings in a row, and a thousand side by side.</summary>
internal sealed class HelloApp : IDurableFunctions
{
    public const int FanWidth = 1000;

    public bool HasOrchestrator(string name) => true;

    public bool HasActivity(string name) => true;

    public async Task<object?> RunOrchestratorAsync(string name, TaskOrchestrationContext context) => name == "Chain"
        ? (string[])[await Hello(context, "Tokyo"), await Hello(context, "Seattle"), await Hello(context, "London")]
        : await Task.WhenAll(Enumerable.Range(0, FanWidth).Select(i => Hello(context, $"{i}")));

    public Task<object?> RunActivityAsync(string name, string instanceId, string? serializedInput, CancellationToken cancellation) =>
        Task.FromResult<object?>($"Hello {serializedInput}!");

    private static Task<string> Hello(TaskOrchestrationContext context, string city) => context.CallActivityAsync<string>("Hello", city);
}
