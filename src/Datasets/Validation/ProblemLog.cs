using ServerlessTuning.Contracts;

namespace ServerlessTuning.Datasets.Validation;

/// <summary>What is wrong with one file or a part of it: the first hundred problems in full, all of them counted.</summary>
public sealed class ProblemLog(string file)
{
    /// <summary>Problems kept in full; the rest is only counted.</summary>
    public const int Kept = 100;

    private readonly List<DatasetProblem> problems = [];

    public IReadOnlyList<DatasetProblem> Problems => problems;

    public long Count { get; private set; }

    /// <param name="line">Counted from 1 in this part; null when it concerns the whole file.</param>
    /// <param name="field">JSON path; null when it concerns the whole line.</param>
    public void Add(long? line, string? field, string found, string expected, string fix)
    {
        if (Count++ < Kept)
        {
            problems.Add(new(file, line, field, found, expected, fix));
        }
    }

    /// <summary>The file is no longer the one that the run froze.</summary>
    internal void AddChanged() => Add(null, null, "another file than when the run started", "the same file until the dataset is prepared",
        "Nothing to do if you replaced it: the new file starts a run of its own. Otherwise upload it again.");
}
