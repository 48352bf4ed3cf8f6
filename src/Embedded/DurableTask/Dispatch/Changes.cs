using System.Collections.Concurrent;

namespace ServerlessTuning.Embedded.DurableTask.Dispatch;

/// <summary>Lets callers sleep until an instance changes.</summary>
internal sealed class Changes
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> next = new();

    /// <summary>Ends at the next change of the instance; take it before looking at the instance.</summary>
    public Task Next(string id) => next.GetOrAdd(id, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Tell(string id)
    {
        if (next.TryRemove(id, out var waiting))
        {
            waiting.TrySetResult();
        }
    }

    /// <summary>Wakes all, for the end.</summary>
    public void TellAll() => next.Keys.ToList().ForEach(Tell);
}
