namespace ServerlessTuning.Testing;

/// <summary>Runs a task and all its continuations on the calling thread, one after the other.</summary>
internal sealed class SingleThread : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> posted = new();

    public override void Post(SendOrPostCallback d, object? state) => posted.Enqueue((d, state));

    /// <param name="whenIdle">Makes something happen; false when nothing can.</param>
    /// <param name="stuck">Says what the task waits for.</param>
    public Task<T> Run<T>(Func<Task<T>> start, Func<bool> whenIdle, Func<string> stuck)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            var task = start();
            while (!task.IsCompleted)
            {
                if (posted.TryDequeue(out var next))
                {
                    next.Callback(next.State);
                }
                else if (!whenIdle())
                {
                    throw new InvalidOperationException(stuck());
                }
            }

            return task;
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }
}
