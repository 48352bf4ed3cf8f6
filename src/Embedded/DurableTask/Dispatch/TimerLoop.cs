using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask.Dispatch;

/// <summary>Wakes instances whose timers are due. It sleeps until the next one, and a minute at most, since clocks are set.</summary>
internal sealed class TimerLoop(Readers readers, Wakeups wakeups, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim earlier = new(0);
    private long nextLook = DateTime.MinValue.Ticks;

    /// <summary>A timer was committed.</summary>
    public void Add(string instance, DateTime due)
    {
        if (due <= time.GetUtcNow().UtcDateTime)
        {
            wakeups.Wake(instance); // the loop may have looked past it before it was there
        }
        else if (due.Ticks < Volatile.Read(ref nextLook))
        {
            earlier.Release();
        }
    }

    public async Task Run(CancellationToken stop)
    {
        var looked = DateTime.MinValue;
        while (!stop.IsCancellationRequested)
        {
            // From here on a new timer rings, so none falls between the look and the sleep.
            Volatile.Write(ref nextLook, DateTime.MaxValue.Ticks);
            var now = time.GetUtcNow().UtcDateTime;
            readers.InstancesWithTimers(after: looked < now ? looked : now - Longest, upTo: now).ForEach(wakeups.Wake);
            looked = now;
            var next = readers.FirstTimer(after: now) is { } due && due - now < Longest ? due : now + Longest;
            Volatile.Write(ref nextLook, next.Ticks);
            await Sleep(next - time.GetUtcNow().UtcDateTime, stop);
        }
    }

    public void Dispose() => earlier.Dispose();

    private async Task Sleep(TimeSpan delay, CancellationToken stop)
    {
        // Up to the next whole millisecond, so that the timer is due on waking.
        var milliseconds = Math.Ceiling(Math.Max(0, delay.TotalMilliseconds));
        using var woken = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var ring = earlier.WaitAsync(woken.Token);
        await Task.WhenAny(ring, Task.Delay(TimeSpan.FromMilliseconds(milliseconds), time, woken.Token));
        await woken.CancelAsync();
        await ring.ContinueWith(_ => { }, TaskScheduler.Default);
        while (earlier.CurrentCount > 0)
        {
            await earlier.WaitAsync(stop); // several rings are one: the next look sees all
        }
    }
}
