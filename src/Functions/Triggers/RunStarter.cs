using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using ServerlessTuning.Functions.Orchestrators;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Triggers;

internal static class RunStarter
{
    /// <summary>Starts a run unless one of that id was ever started: deliveries come at least once, and a finished run must not be done again.</summary>
    /// <returns>False when there is one already.</returns>
    public static async Task<bool> StartOnceAsync(this DurableTaskClient client, Archive archive, string id, TuneInput input, CancellationToken cancellation)
    {
        if (await client.GetInstanceAsync(id, cancellation) is not null || await archive.FindAsync(id, cancellation) is not null)
        {
            return false;
        }

        try
        {
            await client.ScheduleNewOrchestrationInstanceAsync(nameof(TuneModel), input, new StartOrchestrationOptions(id), cancellation);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Another delivery was faster: which exception says so depends on the durable backend.
            return await client.GetInstanceAsync(id, cancellation) is not null ? false : throw new RunNotStartedException(id, e);
        }
    }
}

/// <summary>The durable backend took no new run.</summary>
public sealed class RunNotStartedException(string run, Exception inner)
    : Exception($"Run {run} could not be started: {inner.Message}. The trigger is tried again.", inner)
{
    public string Run { get; } = run;
}
