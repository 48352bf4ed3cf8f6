using System.Runtime.InteropServices;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>
/// A wish to stop, with its reason; the first one counts. Stages look at <see cref="Token"/> between steps, so that what is computed is kept.
/// </summary>
public sealed class StopRequest : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly List<PosixSignalRegistration> signals = [];
    private string? reason;

    public CancellationToken Token => source.Token;

    /// <summary>A sentence; null while nobody asked.</summary>
    public string? Reason => reason is null ? null : $"Stopped because {reason}.";

    /// <summary>Stops on SIGTERM (an eviction, a shutdown) and on Ctrl-C.</summary>
    public static StopRequest OnSignals()
    {
        var stop = new StopRequest();
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT])
        {
            stop.signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                stop.Because($"the process received {signal}");
            }));
        }

        return stop;
    }

    public void Because(string why)
    {
        if (Interlocked.CompareExchange(ref reason, why, null) is null)
        {
            source.Cancel();
        }
    }

    /// <exception cref="InterruptedException">A stop was asked for.</exception>
    public void ThrowIfRequested()
    {
        if (source.IsCancellationRequested)
        {
            throw new InterruptedException(Reason!);
        }
    }

    public void Dispose()
    {
        signals.ForEach(signal => signal.Dispose());
        source.Dispose();
    }
}
