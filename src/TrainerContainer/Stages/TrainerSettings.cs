using ServerlessTuning.Trainer.Storage;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>The trainer's environment.</summary>
/// <param name="Storage"><c>Tuning__Storage</c>: a connection string, an https service URI, or <c>file:///folder</c>.</param>
/// <param name="Work"><c>Tuning__Work</c>: the local working folder; default <c>{temp}/serverless-tuning</c>.</param>
/// <param name="Machine">What to delete when nobody waits for this trainer any more; null on a machine that stays.</param>
public sealed record TrainerSettings(string Storage, string Work, MachineAddress? Machine = null)
{
    /// <exception cref="SettingException">Tuning__Storage is not set.</exception>
    public static TrainerSettings FromEnvironment() => new(
        Environment.GetEnvironmentVariable("Tuning__Storage") is { Length: > 0 } storage ? storage
            : throw new SettingException("Tuning__Storage", "not set", "a connection string, an https:// service URI or file:///folder"),
        WorkFromEnvironment,
        MachineAddress.FromEnvironment());

    public static string WorkFromEnvironment => Environment.GetEnvironmentVariable("Tuning__Work") is { Length: > 0 } work ? work
        : Path.Combine(Path.GetTempPath(), "serverless-tuning");
}
