using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Verbs;

/// <summary>Whether a trainer of this machine shows signs of life: what the image's health check asks.</summary>
internal static class HealthyVerb
{
    public const string Usage = "healthy        exit 0 when a trainer here gave a sign of life in the last 5 minutes, else 1";

    private static readonly TimeSpan longestSilence = TimeSpan.FromMinutes(5);

    public static int Run(string work, TimeProvider clock)
    {
        var last = Sign(work);
        var silence = File.Exists(last) ? clock.GetUtcNow() - File.GetLastWriteTimeUtc(last) : TimeSpan.MaxValue;
        var isAlive = silence <= longestSilence;
        Console.WriteLine(silence == TimeSpan.MaxValue ? $"There is no {last}: no trainer has run here."
            : $"The last sign of life is {silence.TotalSeconds:0} s old{(isAlive ? "" : $", more than {longestSilence.TotalSeconds:0} s: the trainer hangs or is gone")}.");
        return isAlive ? ExitCodes.Done : ExitCodes.Failed;
    }

    /// <summary>A file whose age counts.</summary>
    public static string Sign(string work) => Path.Combine(work, "alive");
}
