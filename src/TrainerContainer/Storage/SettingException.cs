namespace ServerlessTuning.Trainer.Storage;

/// <summary>A setting in the environment that cannot be used.</summary>
public sealed class SettingException(string setting, string found, string expected)
    : Exception($"The environment variable {setting} is {found}; expected {expected}.")
{
    public string Setting { get; } = setting;
}
