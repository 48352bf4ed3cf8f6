using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace ServerlessTuning.Embedded.DurableTask.Tests;

/// <summary>An engine on a file of its own, which can be stopped and started again.</summary>
public sealed class TestEngine(TestApp app, DurableEngineOptions? options = null, TimeProvider? time = null) : IAsyncDisposable
{
    /// <summary>With this environment variable every engine whose test does not care keeps so many orchestrations in memory; 0 replays each at each step.</summary>
    private const string Cached = "TUNING_CACHED_ORCHESTRATIONS";

    private readonly string folder = Directory.CreateTempSubdirectory("durable-").FullName;
    private DurableEngine? engine;

    public string Path => System.IO.Path.Combine(folder, "history.db");

    public DurableEngine Engine => engine ?? throw new InvalidOperationException("not started");

    public DurableTaskClient Client => Engine.Client;

    public static async Task<TestEngine> Start(TestApp app, DurableEngineOptions? options = null, TimeProvider? time = null)
    {
        var test = new TestEngine(app, options, time);
        await test.Start();
        return test;
    }

    public Task Start(DurableEngineOptions? other = null)
    {
        engine = new DurableEngine(Path, app, NullLoggerFactory.Instance, Options(other ?? options ?? new()), time);
        return engine.StartAsync();
    }

    public async Task Restart(DurableEngineOptions? other = null)
    {
        await Engine.StopAsync();
        await Start(other);
    }

    public Task<string> Begin(string orchestrator, object? input = null, string? id = null) =>
        Client.ScheduleNewOrchestrationInstanceAsync(orchestrator, input, new StartOrchestrationOptions(id));

    public async Task<OrchestrationMetadata> End(string id)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, limit.Token);
    }

    public async Task<OrchestrationMetadata> Run(string orchestrator, object? input = null, string? id = null) => await End(await Begin(orchestrator, input, id));

    /// <summary>Waits until the instance is as asked; fails after some seconds.</summary>
    public async Task<OrchestrationMetadata> Until(string id, Func<OrchestrationMetadata, bool> holds)
    {
        for (var i = 0; i < 3000; i++)
        {
            if (await Client.GetInstanceAsync(id, getInputsAndOutputs: true) is { } instance && holds(instance))
            {
                return instance;
            }

            await Task.Delay(10);
        }

        throw new TimeoutException($"{await Client.GetInstanceAsync(id, true)} did not become as expected.");
    }

    private static DurableEngineOptions Options(DurableEngineOptions asked) =>
        Environment.GetEnvironmentVariable(Cached) is { } count && asked.CachedOrchestrations == new DurableEngineOptions().CachedOrchestrations ? asked with { CachedOrchestrations = int.Parse(count) } : asked;

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
