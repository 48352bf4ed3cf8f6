namespace ServerlessTuning.Contracts.Graders;

/// <summary>A template or formula that cannot be read. The parser of the grader adds where it stands and makes a <see cref="DatasetProblem"/> of it.</summary>
public sealed class GraderSyntaxException(string found, string expected, string fix) : FormatException($"Found {found}, expected {expected}. {fix}")
{
    public string Found { get; } = found;

    public string Expected { get; } = expected;

    public string Fix { get; } = fix;
}
