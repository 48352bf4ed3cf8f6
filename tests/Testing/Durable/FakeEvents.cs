namespace ServerlessTuning.Testing;

/// <summary>Events by name: kept until somebody waits, given to the latest waiter.</summary>
internal sealed class FakeEvents
{
    private readonly Dictionary<string, Queue<string?>> unread = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Stack<TaskCompletionSource<string?>>> waiters = new(StringComparer.OrdinalIgnoreCase);

    public string Awaited => string.Join(", ", waiters.Where(pair => pair.Value.Any(waiter => !waiter.Task.IsCompleted)).Select(pair => $"event '{pair.Key}'")) is { Length: > 0 } names
        ? names + ", which the test does not raise"
        : "a task that is not durable";

    public Task<string?> Next(string name, CancellationToken cancellation)
    {
        if (Of(unread, name).TryDequeue(out var payload))
        {
            return Task.FromResult(payload);
        }

        var waiter = new TaskCompletionSource<string?>();
        Of(waiters, name).Push(waiter);
        cancellation.Register(() => waiter.TrySetCanceled(cancellation));
        return waiter.Task;
    }

    public void Raise(string name, string? payload)
    {
        while (Of(waiters, name).TryPop(out var waiter))
        {
            if (waiter.TrySetResult(payload))
            {
                return;
            }
        }

        Of(unread, name).Enqueue(payload);
    }

    private static T Of<T>(Dictionary<string, T> byName, string name) where T : new() =>
        byName.TryGetValue(name, out var found) ? found : byName[name] = new();
}
