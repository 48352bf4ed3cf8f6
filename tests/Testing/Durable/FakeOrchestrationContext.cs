using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ServerlessTuning.Testing;

/// <summary>
/// Runs an orchestrator without an engine: calls are answered as told, events come when told, and time passes only
/// while the orchestrator waits. Everything it did can be read afterwards.
/// <code>
/// var run = new FakeOrchestrationContext("run-1")
///     .Returns("StartTrainer", new Trainer(7))
///     .Fails("CheckTrainer", new TimeoutException(), times: 2).Returns("CheckTrainer", "done")
///     .Raises("Cancel", null, after: TimeSpan.FromMinutes(3));
/// var result = await run.Run(context => TuneModel.Run(context, request));
/// Assert.Equal("StopTrainer", run.CalledActivities[^1]);
/// </code>
/// </summary>
public sealed class FakeOrchestrationContext(string instanceId = "instance", object? input = null, string name = "Orchestrator") : TaskOrchestrationContext
{
    private readonly DataConverter converter = JsonDataConverter.Default;
    private readonly FakeAnswers answers = new();
    private readonly FakeClock clock = new();
    private readonly FakeEvents events = new();
    private readonly SingleThread thread = new();
    private int guids;

    /// <summary>Activities and sub-orchestrations in the order of their calls, retries included.</summary>
    public IList<FakeCall> Calls { get; } = [];

    public IReadOnlyList<string> CalledActivities => [.. Calls.Where(call => !call.IsSubOrchestration).Select(call => call.Name)];

    public IReadOnlyList<string> CalledSubOrchestrations => [.. Calls.Where(call => call.IsSubOrchestration).Select(call => call.Name)];

    public IList<object?> CustomStatuses { get; } = [];

    public IList<FakeSentEvent> SentEvents { get; } = [];

    /// <summary>Not null once the orchestrator continued as new.</summary>
    public ContinueAsNewOptions? ContinuedAsNew { get; private set; }

    public override TaskName Name { get; } = name;

    public override string InstanceId { get; } = instanceId;

    public override ParentOrchestrationInstance? Parent => ParentInstance;

    /// <summary>What <see cref="Parent"/> shows.</summary>
    public ParentOrchestrationInstance? ParentInstance { get; init; }

    public override DateTime CurrentUtcDateTime => clock.Now;

    public override bool IsReplaying => false;

    protected override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

    /// <summary>Answers calls of the activity or sub-orchestration. Given several times, each call takes the next answer, and the last one stays.</summary>
    public FakeOrchestrationContext Returns(string task, object? result = null) => Answer(task, [result], given => _ => given);

    /// <summary>The call's answer follows from its input.</summary>
    public FakeOrchestrationContext Answers<TInput>(string task, Func<TInput, object?> answer) => Answer(task, [answer], given => input => given((TInput)input!));

    /// <summary>The next calls throw a <see cref="TaskFailedException"/> with this cause; retry options are honoured.</summary>
    /// <param name="times">So often; then what is added next answers.</param>
    public FakeOrchestrationContext Fails(string task, Exception cause, int times = 1) =>
        Answer(task, Enumerable.Repeat(cause, times), failure => _ => throw failure);

    /// <param name="after">Time between the start of the orchestrator and the event.</param>
    public FakeOrchestrationContext Raises(string eventName, object? payload = null, TimeSpan after = default)
    {
        clock.At(FakeClock.Start + after, () => events.Raise(eventName, converter.Serialize(payload)));
        return this;
    }

    /// <summary>Runs the orchestrator to its end on the calling thread.</summary>
    /// <exception cref="InvalidOperationException">It waits for something that will not come, or for a task that is not durable.</exception>
    public Task<T> Run<T>(Func<TaskOrchestrationContext, Task<T>> orchestrator)
    {
        ArgumentNullException.ThrowIfNull(orchestrator);
        return thread.Run(() => orchestrator(this), clock.Advance, () => $"Orchestrator '{Name}' waits at {clock.Now - FakeClock.Start:c} for {events.Awaited}.");
    }

    /// <inheritdoc cref="Run{T}"/>
    public Task Run(Func<TaskOrchestrationContext, Task> orchestrator) => Run(async context =>
    {
        await orchestrator(context);
        return true;
    });

    public override T? GetInput<T>() where T : default => converter.Deserialize<T>(converter.Serialize(input));

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null) =>
        Call<TResult>(new FakeCall(name, input, null, IsSubOrchestration: false), options);

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null) =>
        Call<TResult>(new FakeCall(orchestratorName, input, (options as SubOrchestrationOptions)?.InstanceId, IsSubOrchestration: true), options);

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken) => clock.Timer(fireAt.ToUniversalTime(), cancellationToken);

    public override async Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default) =>
        converter.Deserialize<T>(await events.Next(eventName, cancellationToken))!;

    public override void SendEvent(string instanceId, string eventName, object payload) => SentEvents.Add(new(instanceId, eventName, payload));

    public override void SetCustomStatus(object? customStatus) => CustomStatuses.Add(customStatus);

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        ContinueAsNew(new ContinueAsNewOptions { NewInput = newInput, PreserveUnprocessedEvents = preserveUnprocessedEvents });

    public override void ContinueAsNew(ContinueAsNewOptions options) => ContinuedAsNew = options;

    /// <summary>00000000-0000-0000-0000-000000000001 and so on.</summary>
    public override Guid NewGuid() => new(0, 0, 0, [.. BitConverter.GetBytes((long)++guids).Reverse()]);

    private FakeOrchestrationContext Answer<T>(string task, IEnumerable<T> given, Func<T, Func<object?, object?>> answer)
    {
        answers.Add(task, given.Select(answer));
        return this;
    }

    private async Task<TResult> Call<TResult>(FakeCall call, TaskOptions? options)
    {
        var first = clock.Now;
        for (var attempt = 1; ; attempt++)
        {
            var id = Calls.Count;
            Calls.Add(call);
            var outcome = answers.Next(call);
            if (outcome.Failure is null)
            {
                return converter.Deserialize<TResult>(converter.Serialize(outcome.Result))!;
            }

            var failure = new TaskFailedException(call.Name, id, outcome.Failure);
            if (!await TriesAgain(options?.Retry, failure, attempt, first))
            {
                throw failure;
            }
        }
    }

    private async Task<bool> TriesAgain(TaskRetryOptions? retry, TaskFailedException failure, int attempt, DateTime first)
    {
        if (retry?.Handler is { } handler)
        {
            return await handler(new RetryContext(this, attempt, failure.FailureDetails, clock.Now - first, default));
        }

        if (retry?.Policy is not { } policy || attempt >= policy.MaxNumberOfAttempts || !policy.Handle(failure)
            || (policy.RetryTimeout != Timeout.InfiniteTimeSpan && clock.Now - first >= policy.RetryTimeout))
        {
            return false;
        }

        var wait = policy.FirstRetryInterval * Math.Pow(policy.BackoffCoefficient, attempt - 1);
        await CreateTimer(wait < policy.MaxRetryInterval ? wait : policy.MaxRetryInterval, CancellationToken.None);
        return true;
    }
}

/// <summary>A call that the orchestrator made.</summary>
public sealed record FakeCall(string Name, object? Input, string? InstanceId, bool IsSubOrchestration);

/// <summary>An event that the orchestrator sent.</summary>
public sealed record FakeSentEvent(string InstanceId, string Name, object? Payload);
