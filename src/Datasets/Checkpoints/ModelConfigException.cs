namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>A config.json that cannot be honoured: a field is missing, of the wrong kind, or asks for what is not built.</summary>
public sealed class ModelConfigException(string field, string found, string expected)
    : Exception($"config.json, {field}: found {found}, expected {expected}.")
{
    public string Field { get; } = field;
}
