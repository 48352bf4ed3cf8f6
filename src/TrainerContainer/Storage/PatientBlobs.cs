using Azure;

namespace ServerlessTuning.Trainer.Storage;

/// <summary>
/// Sits out an outage of minutes: tries again after 1, 2, 4 … 30 s, for ten minutes, and says so once at its beginning and once at its
/// end. Every call of <see cref="IBlobStore"/> may be made twice; a conditional write whose first try got through unseen is recognised by its content.
/// </summary>
public sealed class PatientBlobs(IBlobStore inner, TimeProvider clock, Action<string> say) : IBlobStore
{
    private static readonly TimeSpan longestOutage = TimeSpan.FromMinutes(10), longestPause = TimeSpan.FromSeconds(30);

    public Task<BlobDocument?> Read(string container, string name, CancellationToken cancellation) =>
        Patiently(() => inner.Read(container, name, cancellation), name, cancellation);

    public Task<BlobFacts?> Find(string container, string name, CancellationToken cancellation) =>
        Patiently(() => inner.Find(container, name, cancellation), name, cancellation);

    public Task<IReadOnlyList<BlobFacts>> List(string container, string prefix, CancellationToken cancellation) =>
        Patiently(() => inner.List(container, prefix, cancellation), prefix, cancellation);

    public Task Write(string container, string name, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        Patiently(() => inner.Write(container, name, content, cancellation), name, cancellation);

    public async Task<bool> TryReplace(string container, string name, ReadOnlyMemory<byte> content, string? expectedETag, CancellationToken cancellation) =>
        await Patiently(() => inner.TryReplace(container, name, content, expectedETag, cancellation), name, cancellation)
        || (await Read(container, name, cancellation))?.Content.Span.SequenceEqual(content.Span) == true;

    public Task Upload(string container, string name, string file, CancellationToken cancellation) =>
        Patiently(() => inner.Upload(container, name, file, cancellation), name, cancellation);

    public Task Download(string container, string name, string file, CancellationToken cancellation) =>
        Patiently(() => inner.Download(container, name, file, cancellation), name, cancellation);

    public Task Delete(string container, string name, CancellationToken cancellation) =>
        Patiently(() => inner.Delete(container, name, cancellation), name, cancellation);

    private Task<bool> Patiently(Func<Task> call, string name, CancellationToken cancellation) =>
        Patiently(async () => { await call(); return true; }, name, cancellation);

    private async Task<T> Patiently<T>(Func<Task<T>> call, string name, CancellationToken cancellation)
    {
        var began = clock.GetTimestamp();
        for (var pause = TimeSpan.FromSeconds(1); ; pause = pause * 2 < longestPause ? pause * 2 : longestPause)
        {
            try
            {
                var answer = await call();
                if (pause > TimeSpan.FromSeconds(1))
                {
                    say($"The storage answers again after {clock.GetElapsedTime(began).TotalSeconds:0} s ({name}).");
                }

                return answer;
            }
            catch (Exception e) when (IsOutage(e, cancellation) && clock.GetElapsedTime(began) < longestOutage)
            {
                if (pause == TimeSpan.FromSeconds(1))
                {
                    say($"The storage does not answer ({name}: {e.Message.Split('\n')[0]}); trying again for {longestOutage.TotalMinutes:0} minutes.");
                }

                await Task.Delay(pause, clock, cancellation);
            }
        }
    }

    /// <summary>No answer at all, too busy, or an error of the service's own. The client wraps several tries into one AggregateException.</summary>
    private static bool IsOutage(Exception e, CancellationToken cancellation) => !cancellation.IsCancellationRequested && e switch
    {
        RequestFailedException failed => failed.Status is 0 or 408 or 429 or >= 500,
        AggregateException several => several.InnerExceptions.All(inner => IsOutage(inner, cancellation)),
        TaskCanceledException => true, // the network's time limit, not ours
        HttpRequestException => true,
        _ => false,
    };
}
