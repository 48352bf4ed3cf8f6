namespace ServerlessTuning.Embedded.DurableTask.Orchestrations;

/// <summary>
/// Runs an orchestrator's code on one thread at a time, and notices when it is continued by anything but the engine:
/// then it awaited a task that is not durable, and a replay would not take the same way.
/// </summary>
internal sealed class OrchestratorThread : SynchronizationContext
{
    private readonly Queue<Action> posted = new();
    private readonly Scheduler scheduler;
    private readonly Action strayed;
    private int owner;

    /// <param name="strayed">Called once, on the foreign thread.</param>
    public OrchestratorThread(Action strayed) => (this.strayed, scheduler) = (strayed, new Scheduler(this));

    /// <summary>Whether something foreign tried to continue the orchestrator.</summary>
    public bool HasStrayed { get; private set; }

    /// <summary>Does <paramref name="action"/> and all that follows from it.</summary>
    public void Run(Action action)
    {
        var before = Current;
        SetSynchronizationContext(this);
        owner = Environment.CurrentManagedThreadId;
        try
        {
            // As a task, so that TaskScheduler.Current too leads back here.
            var all = new Task(() => Drain(action));
            all.RunSynchronously(scheduler);
            all.GetAwaiter().GetResult();
        }
        finally
        {
            owner = 0;
            SetSynchronizationContext(before);
        }
    }

    public override void Post(SendOrPostCallback d, object? state) => Enqueue(() => d(state));

    public override void Send(SendOrPostCallback d, object? state) => throw Foreign();

    public override SynchronizationContext CreateCopy() => this;

    /// <exception cref="InvalidOperationException">The caller is not the orchestrator at work.</exception>
    public void EnsureOwner()
    {
        if (owner != Environment.CurrentManagedThreadId)
        {
            Stray();
            throw Foreign();
        }
    }

    public static InvalidOperationException Foreign() => new(
        "An invalid asynchronous invocation was detected. This can be caused by awaiting non-durable tasks in an orchestrator function's implementation "
        + "or by middleware that invokes asynchronous code. Await only what TaskOrchestrationContext returns; put all else into an activity, use CreateTimer for Task.Delay, and leave ConfigureAwait(false) away.");

    private void Drain(Action first)
    {
        first();
        while (posted.TryDequeue(out var next))
        {
            next();
        }
    }

    private void Enqueue(Action action)
    {
        if (owner == Environment.CurrentManagedThreadId)
        {
            posted.Enqueue(action);
        }
        else
        {
            Stray();
        }
    }

    private void Stray()
    {
        if (!HasStrayed)
        {
            HasStrayed = true;
            strayed();
        }
    }

    private sealed class Scheduler(OrchestratorThread thread) : TaskScheduler
    {
        protected override void QueueTask(Task task) => thread.Enqueue(() => TryExecuteTask(task));

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
            thread.owner == Environment.CurrentManagedThreadId && !taskWasPreviouslyQueued && TryExecuteTask(task);

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }
}
