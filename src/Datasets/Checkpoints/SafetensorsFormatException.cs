namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>A safetensors file that does not keep the format: truncated, or a header that claims what is not there.</summary>
public sealed class SafetensorsFormatException(string file, string found, string expected)
    : Exception($"{file}: found {found}, expected {expected}. The file is damaged or was not copied whole; upload it again.")
{
    public string File { get; } = file;

    public string Found { get; } = found;

    public string Expected { get; } = expected;
}
