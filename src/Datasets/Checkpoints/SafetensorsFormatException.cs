namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>A safetensors file, or the index of several, that does not keep the format: truncated, or a header that claims what is not there.</summary>
/// <param name="fix">Null when the file must be damaged.</param>
public sealed class SafetensorsFormatException(string file, string found, string expected, string? fix = null)
    : Exception($"{file}: found {found}, expected {expected}. {fix ?? "The file is damaged or was not copied whole; upload it again."}")
{
    public string File { get; } = file;

    public string Found { get; } = found;

    public string Expected { get; } = expected;
}
