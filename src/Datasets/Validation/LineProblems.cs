namespace ServerlessTuning.Datasets.Validation;

/// <summary>Takes the problems of one line. Texts are composed only when something is wrong, so good lines cost nothing.</summary>
public readonly struct LineProblems(ProblemLog log, long line)
{
    private readonly long before = log.Count;

    /// <summary>Nothing was found wrong with the line so far.</summary>
    public bool None => log.Count == before;

    public void Add(string? field, string found, string expected, string fix) => log.Add(line, field, found, expected, fix);
}
