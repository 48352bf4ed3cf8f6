using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;

namespace ServerlessTuning.Embedded.DurableTask.Tests;

/// <summary>An app of lambdas.</summary>
public sealed class TestApp : IDurableFunctions
{
    private readonly ConcurrentDictionary<string, Func<TaskOrchestrationContext, Task<object?>>> orchestrators = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, Func<string, string?, CancellationToken, Task<object?>>> activities = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Names of the activities in the order in which they were started.</summary>
    public ConcurrentQueue<string> Ran { get; } = new();

    public TestApp Orchestrator<T>(string name, Func<TaskOrchestrationContext, Task<T>> code)
    {
        orchestrators[name] = async context => await code(context);
        return this;
    }

    public TestApp Activity<TIn, TOut>(string name, Func<TIn, Task<TOut>> code) => Activity<TIn, TOut>(name, (input, _) => code(input));

    public TestApp Activity<TIn, TOut>(string name, Func<TIn, CancellationToken, Task<TOut>> code)
    {
        activities[name] = async (_, input, cancellation) => await code(JsonDataConverter.Default.Deserialize<TIn>(input)!, cancellation);
        return this;
    }

    public TestApp Activity<TIn, TOut>(string name, Func<TIn, TOut> code) => Activity<TIn, TOut>(name, (input, _) => Task.FromResult(code(input)));

    public TestApp Broken(string name, Func<string, Exception> failure) =>
        Activity<string, int>(name, (input, _) => Task.FromException<int>(failure(input)));

    public bool HasOrchestrator(string name) => orchestrators.ContainsKey(name);

    public bool HasActivity(string name) => activities.ContainsKey(name);

    public Task<object?> RunOrchestratorAsync(string name, TaskOrchestrationContext context) => orchestrators[name](context);

    public Task<object?> RunActivityAsync(string name, string instanceId, string? serializedInput, CancellationToken cancellation)
    {
        Ran.Enqueue(name);
        return activities[name](instanceId, serializedInput, cancellation);
    }
}
