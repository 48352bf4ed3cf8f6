using Microsoft.DurableTask;
using Microsoft.Extensions.Logging.Abstractions;
using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask.Orchestrations;

/// <summary>Leads the present code along a history to see where that gets it. Nothing is recorded, logged or scheduled.</summary>
internal sealed class Rehearsal
{
    private readonly Session session;

    public Rehearsal(Instance instance, IReadOnlyList<HistoryEntry> history, IDurableFunctions functions, DurableEngineOptions options)
    {
        session = new Session(instance, functions, options, NullLoggerFactory.Instance, strayed: () => { });
        session.Replay(history);
    }

    /// <summary>Whether the code asked for what the history has, step by step.</summary>
    public bool Follows => session.Mismatch is null && !session.HasStrayed;

    /// <summary>Number of the failed call that ended the code; null when something else did, or nothing yet.</summary>
    public int? FatalTask => Chain(session.Failure).OfType<TaskFailedException>().FirstOrDefault()?.TaskId;

    /// <returns>Null when the code ends as the history does, or goes on where the history is open; else where they part.</returns>
    public string? Departure(HistoryEntry? recordedEnd)
    {
        if (session.Mismatch is { } mismatch)
        {
            return mismatch.Message;
        }

        var outcome = session.Judge();
        var (expected, found) = (recordedEnd?.OrchestrationStatus ?? "goes on", outcome?.Status.ToString() ?? "goes on");
        return expected == found ? null : $"The code follows the history to another end. Expected (recorded): {expected}. Found (code of now): {found} {outcome?.Output}";
    }

    private static IEnumerable<Exception> Chain(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            yield return failure;
        }
    }
}
