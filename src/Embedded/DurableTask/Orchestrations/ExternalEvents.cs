namespace ServerlessTuning.Embedded.DurableTask.Orchestrations;

/// <summary>
/// Events by name, without regard to case. An event that nobody awaits is kept, first come first served; of several
/// waiters the latest is served first, as the package does it. A waiter that gave up is passed over, so its event is not lost.
/// </summary>
internal sealed class ExternalEvents
{
    private readonly List<(string Name, string? Payload)> unread = [];
    private readonly Dictionary<string, Stack<Waiter>> waiters = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What nobody awaited, in the order of arrival.</summary>
    public IReadOnlyList<(string Name, string? Payload)> Unread => unread;

    public bool AnyAwaited => waiters.Keys.Any(name => LatestOf(name) is not null);

    /// <param name="read">Makes the payload into what the waiter asked for.</param>
    public Task<T> Next<T>(string name, Func<string?, T> read, CancellationToken cancellation)
    {
        if (LatestOf(name) is { } latest && latest.Type != typeof(T))
        {
            throw new ArgumentException($"Events with the same name must have the same type argument. Expected {latest.Type.FullName} but was requested {typeof(T).FullName}.");
        }

        var promise = new TaskCompletionSource<T>();
        var kept = unread.FindIndex(one => string.Equals(one.Name, name, StringComparison.OrdinalIgnoreCase));
        if (kept >= 0)
        {
            var payload = unread[kept].Payload;
            unread.RemoveAt(kept);
            Complete(promise, read, payload);
            return promise.Task;
        }

        cancellation.Register(() => promise.TrySetCanceled(cancellation));
        Of(name).Push(new Waiter(typeof(T), promise.Task, value => Complete(promise, read, value)));
        return promise.Task;
    }

    public void Deliver(string name, string? payload)
    {
        if (LatestOf(name) is { } waiter)
        {
            Of(name).Pop();
            waiter.Complete(payload);
        }
        else
        {
            unread.Add((name, payload));
        }
    }

    private static void Complete<T>(TaskCompletionSource<T> promise, Func<string?, T> read, string? payload)
    {
        try
        {
            promise.TrySetResult(read(payload));
        }
#pragma warning disable CA1031 // a payload of the wrong shape fails whoever awaits it
        catch (Exception failure)
#pragma warning restore CA1031
        {
            promise.TrySetException(failure);
        }
    }

    private Waiter? LatestOf(string name)
    {
        var stack = Of(name);
        while (stack.TryPeek(out var top))
        {
            if (!top.Promise.IsCompleted)
            {
                return top;
            }

            stack.Pop();
        }

        return null;
    }

    private Stack<Waiter> Of(string name) => waiters.TryGetValue(name, out var found) ? found : waiters[name] = new();

    private sealed record Waiter(Type Type, Task Promise, Action<string?> Complete);
}
