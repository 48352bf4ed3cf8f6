namespace ServerlessTuning.Testing;

/// <summary>Time that jumps from one appointment to the next.</summary>
internal sealed class FakeClock
{
    private readonly PriorityQueue<Action, (DateTime, int)> appointments = new();
    private int made;

    public static DateTime Start { get; } = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public DateTime Now { get; private set; } = Start;

    public void At(DateTime time, Action action) => appointments.Enqueue(action, (time, made++));

    public Task Timer(DateTime fireAt, CancellationToken cancellation)
    {
        var timer = new TaskCompletionSource();
        cancellation.Register(() => timer.TrySetCanceled(cancellation));
        if (!timer.Task.IsCompleted)
        {
            At(fireAt, () => timer.TrySetResult());
        }

        return timer.Task;
    }

    /// <returns>False when nothing is left to happen.</returns>
    public bool Advance()
    {
        if (!appointments.TryDequeue(out var action, out var when))
        {
            return false;
        }

        Now = when.Item1 > Now ? when.Item1 : Now;
        action();
        return true;
    }
}
