using System.Text;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask.Orchestrations;

/// <summary>What an orchestrator sees of the engine.</summary>
internal sealed class DurableContext(Instance instance, OrchestratorThread thread, Ledger ledger, ExternalEvents events, DurableEngineOptions options, ILoggerFactory loggers)
    : TaskOrchestrationContext
{
    private const int MostCustomStatusBytes = 16 * 1024;

    private readonly DataConverter converter = options.DataConverter;
    private DateTime now;
    private bool isReplaying;
    private int guids;

    public override TaskName Name => instance.Name;

    public override string InstanceId => instance.Id;

    public override string Version => instance.Version;

    public override ParentOrchestrationInstance? Parent { get; } =
        instance.Parent is { } parent ? new ParentOrchestrationInstance(parent.Name, parent.Id) : null;

    public override DateTime CurrentUtcDateTime => now;

    public override bool IsReplaying => isReplaying;

    /// <summary>JSON; null until the orchestrator sets one.</summary>
    public string? CustomStatus { get; private set; } = instance.CustomStatus;

    /// <summary>Not null once the orchestrator asked to continue as new.</summary>
    public ContinueAsNewOptions? Continuation { get; private set; }

    protected override ILoggerFactory LoggerFactory => loggers;

    public void Enter(DateTime time, bool replaying) => (now, isReplaying) = (time, replaying);

    public object? ReadInput(Type type) => converter.Deserialize(instance.Input, type);

    public override T? GetInput<T>() where T : default => converter.Deserialize<T>(instance.Input);

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        RejectMisplacedOptions(input, options);
        var data = converter.Serialize(input);
        return Retries.Run(this, options?.Retry, () => Ask<TResult>(new HistoryEntry(HistoryEventType.TaskScheduled, now, Name: name, Data: data)));
    }

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null)
    {
        RejectMisplacedOptions(input, options);
        var data = converter.Serialize(input);
        var id = (options as SubOrchestrationOptions)?.InstanceId ?? NewGuid().ToString("N");
        var version = options?.Version is { } chosen ? chosen.Version : DefaultVersion;
        return Retries.Run(this, options?.Retry, () => Ask<TResult>(new HistoryEntry(
            HistoryEventType.SubOrchestrationInstanceCreated, now, Name: orchestratorName, Data: data, InstanceId: id, Version: version.Length == 0 ? null : version)));
    }

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        thread.EnsureOwner();
        return ledger.Ask(new HistoryEntry(HistoryEventType.TimerCreated, now, FireAt: fireAt.ToUniversalTime()), cancellationToken);
    }

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        thread.EnsureOwner();
        return events.Next(eventName, payload => converter.Deserialize<T>(payload)!, cancellationToken);
    }

    public override void SendEvent(string instanceId, string eventName, object payload)
    {
        thread.EnsureOwner();
        ledger.Tell(new HistoryEntry(HistoryEventType.EventSent, now, Name: eventName, Data: converter.Serialize(payload), InstanceId: instanceId));
    }

    public override void SetCustomStatus(object? customStatus)
    {
        thread.EnsureOwner();
        var status = converter.Serialize(customStatus);
        var bytes = status is null ? 0 : Encoding.Unicode.GetByteCount(status);
        if (bytes > MostCustomStatusBytes)
        {
            throw new ArgumentException(
                $"The custom status of '{InstanceId}' has {bytes:N0} bytes of UTF-16 JSON; at most {MostCustomStatusBytes:N0} are allowed. Put large data into a blob and its name into the status.",
                nameof(customStatus));
        }

        CustomStatus = status;
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        ContinueAsNew(new ContinueAsNewOptions { NewInput = newInput, PreserveUnprocessedEvents = preserveUnprocessedEvents });

    public override void ContinueAsNew(ContinueAsNewOptions options)
    {
        thread.EnsureOwner();
        ArgumentNullException.ThrowIfNull(options);
        Continuation = options;
    }

    public override Guid NewGuid()
    {
        thread.EnsureOwner();
        return DeterministicGuid.Create(InstanceId, now, guids++);
    }

    private string DefaultVersion => options.DefaultVersion;

    private static void RejectMisplacedOptions(object? input, TaskOptions? options)
    {
        if (input is TaskOptions && options is null)
        {
            throw new ArgumentException(
                $"A {nameof(TaskOptions)} was given as the input and nothing as the options. Did you mean to pass it as {nameof(options)}? Write options: before it.", nameof(input));
        }
    }

    private async Task<TResult> Ask<TResult>(HistoryEntry action)
    {
        thread.EnsureOwner();
        return converter.Deserialize<TResult>(await ledger.Ask(action))!;
    }
}
