using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Embedded.DurableTask.Orchestrations;
using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask;

/// <summary>The client over an engine in the same process.</summary>
internal sealed class EngineClient(Func<RunningEngine> running, IDurableFunctions functions, DurableEngineOptions settings, TimeProvider time) : DurableTaskClient("embedded")
{
    private readonly DataConverter converter = settings.DataConverter;

    private RunningEngine Engine => running();

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        var id = options?.InstanceId ?? Guid.NewGuid().ToString("N");
        var instance = new Instance(id, Guid.NewGuid().ToString("N"), InstanceIds.KnownOrchestrator(functions, orchestratorName))
        {
            Version = options?.Version?.Version ?? settings.DefaultVersion,
            Input = converter.Serialize(input),
            Tags = options?.Tags,
        };
        InstanceIds.Check(id);
        await Engine.Writer.Commit(change =>
        {
            Replacement.Check(change.Find(id), options?.DedupeStatuses, settings.ReplaceRunningInstances);
            change.Start(instance, options?.StartAt?.UtcDateTime);
        }).WaitAsync(cancellation);
        return id;
    }

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        return Send(instanceId, new(HistoryEventType.EventRaised, Now, Name: eventName, Data: converter.Serialize(eventPayload)), mustRun: null, cancellation);
    }

    public override Task TerminateInstanceAsync(string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default) =>
        Send(instanceId, new(HistoryEventType.ExecutionTerminated, Now, Data: converter.Serialize(options?.Output), Recursive: options?.Recursive == true ? true : null), "terminated", cancellation);

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        Send(instanceId, new(HistoryEventType.ExecutionSuspended, Now, Reason: reason), "suspended", cancellation);

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        Send(instanceId, new(HistoryEventType.ExecutionResumed, Now, Reason: reason), "resumed", cancellation);

    public override Task<OrchestrationMetadata?> GetInstancesAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        Task.FromResult(Engine.Readers.Find(instanceId) is { } instance ? Describe(instance, getInputsAndOutputs) : null);

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null)
    {
        var query = filter ?? new OrchestrationQuery();
        return Pageable.Create((token, pageSize, _) =>
        {
            var size = pageSize ?? query.PageSize;
            var rows = Engine.Readers.List(query, token ?? query.ContinuationToken ?? "", size + 1);
            var page = rows.Take(size).Select(row => Describe(row, query.FetchInputsAndOutputs)).ToList();
            return Task.FromResult(new Page<OrchestrationMetadata>(page, rows.Count > size ? page[^1].InstanceId : null));
        });
    }

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitUntil(instanceId, instance => instance.Status != OrchestrationRuntimeStatus.Pending, getInputsAndOutputs, cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitUntil(instanceId, instance => instance.IsFinished, getInputsAndOutputs, cancellation);

    public override Task<PurgeResult> PurgeInstanceAsync(string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default) =>
        Purge(() => [instanceId], options, null, cancellation);

    public override Task<PurgeResult> PurgeAllInstancesAsync(PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        var query = new OrchestrationQuery(filter.CreatedFrom, filter.CreatedTo, filter.Statuses);
        return Purge(() => Ids(query), options, filter.Timeout, cancellation);
    }

    public override async Task<string> RestartAsync(string instanceId, bool restartWithNewInstanceId = false, CancellationToken cancellation = default)
    {
        var old = Engine.Readers.Find(instanceId) ?? throw InstanceIds.Unknown(instanceId);
        var again = new Instance(restartWithNewInstanceId ? Guid.NewGuid().ToString("N") : old.Id, Guid.NewGuid().ToString("N"), old.Name)
        {
            Version = old.Version,
            Input = old.Input,
            Tags = old.Tags,
        };
        await Engine.Writer.Commit(change =>
        {
            Replacement.Check(change.Find(again.Id), null, replaceRunning: false);
            change.Start(again);
        }).WaitAsync(cancellation);
        return again.Id;
    }

    public override async Task RewindInstanceAsync(string instanceId, string reason, CancellationToken cancellation = default)
    {
        var rewinding = new Rewinding(instanceId, Engine.Readers, functions, settings);
        await Engine.Writer.Commit(change => rewinding.Apply(change, reason)).WaitAsync(cancellation);
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <param name="mustRun">Null: for an unknown or finished instance nothing happens. Else the word for the refusal.</param>
    private Task Send(string id, HistoryEntry entry, string? mustRun, CancellationToken cancellation) => Engine.Writer.Commit(change =>
    {
        if (mustRun is not null)
        {
            var instance = change.Find(id) ?? throw InstanceIds.Unknown(id);
            if (instance.IsFinished)
            {
                throw new InvalidOperationException($"The orchestration instance '{id}' is {instance.Status} and cannot be {mustRun}.");
            }
        }

        change.Send(id, entry);
    }).WaitAsync(cancellation);

    private async Task<OrchestrationMetadata> WaitUntil(string id, Func<Instance, bool> holds, bool withData, CancellationToken cancellation)
    {
        while (true)
        {
            var changed = Engine.Changes.Next(id);
            if (Engine.Readers.Find(id) is { } instance && holds(instance))
            {
                return Describe(instance, withData);
            }

            await changed.WaitAsync(cancellation);
        }
    }

    private async Task<PurgeResult> Purge(Func<IEnumerable<string>> ids, PurgeInstanceOptions? options, TimeSpan? limit, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var purged = 0;
        foreach (var some in ids().Chunk(100))
        {
            if (limit is not null && time.GetElapsedTime(started) > limit)
            {
                return new PurgeResult(purged, isComplete: false);
            }

            purged += await Engine.Writer.Commit(change => some.Sum(id => change.Purge(id, options?.Recursive == true))).WaitAsync(cancellation);
        }

        return new PurgeResult(purged, isComplete: true);
    }

    private IEnumerable<string> Ids(OrchestrationQuery query)
    {
        const int AtOnce = 1000;
        List<Instance> page;
        for (var after = ""; (page = Engine.Readers.List(query, after, AtOnce)).Count > 0; after = page[^1].Id)
        {
            foreach (var instance in page)
            {
                yield return instance.Id;
            }
        }
    }

    private OrchestrationMetadata Describe(Instance instance, bool withData) => new(instance.Name, instance.Id)
    {
        DataConverter = withData ? converter : null,
        RuntimeStatus = instance.Status,
        CreatedAt = instance.Created,
        LastUpdatedAt = instance.Updated,
        SerializedInput = withData ? instance.Input : null,
        SerializedOutput = withData ? instance.Output : null,
        SerializedCustomStatus = withData ? instance.CustomStatus : null,
        FailureDetails = instance.Failure,
        Tags = instance.Tags ?? new Dictionary<string, string>(),
    };
}
