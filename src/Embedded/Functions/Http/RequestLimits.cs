using ServerlessTuning.Embedded.Functions.Hosting;

namespace ServerlessTuning.Embedded.Functions.Http;

/// <summary>host.json's extensions.http.maxConcurrentRequests and maxOutstandingRequests: so many run, so many wait, the rest is told to come later.</summary>
internal sealed class RequestLimits(HostSettings settings)
{
    private readonly SemaphoreSlim? places = settings.MaxConcurrentRequests is { } most ? new(most) : null;
    private int outstanding;

    /// <returns>Gives the place back when disposed; null when there are too many already.</returns>
    public async Task<IDisposable?> EnterAsync(CancellationToken stop)
    {
        if (Interlocked.Increment(ref outstanding) > settings.MaxOutstandingRequests)
        {
            Interlocked.Decrement(ref outstanding);
            return null;
        }

        try
        {
            await (places?.WaitAsync(stop) ?? Task.CompletedTask);
        }
        catch
        {
            Interlocked.Decrement(ref outstanding);
            throw;
        }

        return new Place(this);
    }

    private sealed class Place(RequestLimits limits) : IDisposable
    {
        public void Dispose()
        {
            limits.places?.Release();
            Interlocked.Decrement(ref limits.outstanding);
        }
    }
}
