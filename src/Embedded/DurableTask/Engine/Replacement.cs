using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask;

/// <summary>Whether a new instance may take the place of an old one with its id.</summary>
internal static class Replacement
{
    /// <param name="refusing">Statuses in which the old one stays; null: the default, all that are not final.</param>
    /// <exception cref="InvalidOperationException">It may not.</exception>
    public static void Check(Instance? old, IReadOnlyList<string>? refusing, bool replaceRunning)
    {
        if (old is null)
        {
            return;
        }

        var refused = refusing is not null
            ? refusing.Contains(old.Status.ToString(), StringComparer.OrdinalIgnoreCase)
            : !replaceRunning && !old.IsFinished;
        if (refused)
        {
            throw new InvalidOperationException(
                $"An Orchestration instance with the status {old.Status} already exists: '{old.Id}'. Wait for it to end, terminate it, or choose another id.");
        }
    }
}
