using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Compute;

/// <summary>
/// Remembers for a while which offers were refused, for all runs and all instances of the app: <c>compute/refusals.json</c>. Two writers at once may forget
/// one; then it is refused once more.
/// </summary>
public sealed class Refusals(RunStore runs, TimeProvider time)
{
    public async Task<IReadOnlyList<Refusal>> NowAsync(CancellationToken cancellation) =>
        [.. (await runs.FindAsync<RefusalList>(BlobPaths.Refusals, cancellation) ?? new([])).Refused.Where(refusal => refusal.Until > time.GetUtcNow())];

    public async Task RememberAsync(MachineOffer offer, string words, TimeSpan duration, CancellationToken cancellation)
    {
        var others = (await NowAsync(cancellation)).Where(refusal => refusal.Offer != offer.ToString());
        await runs.WriteAsync(BlobPaths.Refusals, new RefusalList([.. others, new Refusal(offer.ToString(), time.GetUtcNow() + duration, words)]), cancellation);
    }
}

public sealed record RefusalList(IReadOnlyList<Refusal> Refused);

public sealed record Refusal(string Offer, DateTimeOffset Until, string Words);
