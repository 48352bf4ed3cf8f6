using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>Problems of all chunks in the order of the files, their lines counted from the start of the file.</summary>
internal sealed class GatheredProblems
{
    private readonly DatasetScan scan;
    private readonly List<DatasetProblem> problems = [];
    private readonly (long Examples, long? FirstLine)[] controlCharacters;
    private readonly IReadOnlyList<string> earlierNotices = [];
    private int file = -1;
    private long linesBefore;

    public GatheredProblems(DatasetScan scan)
    {
        this.scan = scan;
        controlCharacters = new (long, long?)[scan.Files.Count];
        foreach (var problem in scan.Problems)
        {
            Add(problem);
        }
    }

    /// <summary>Goes on from what was gathered when the splits were decided.</summary>
    public GatheredProblems(DatasetScan scan, Decided decided)
    {
        this.scan = scan;
        controlCharacters = new (long, long?)[scan.Files.Count];
        problems.AddRange(decided.Problems);
        Count = decided.ProblemCount;
        earlierNotices = decided.Notices;
    }

    public long Count { get; private set; }

    public IReadOnlyList<DatasetProblem> Problems => problems;

    /// <summary>What is worth knowing but no reason to reject: a sentence each.</summary>
    public IReadOnlyList<string> Notices =>
    [
        .. earlierNotices,
        .. controlCharacters.Zip(scan.Files).Where(static pair => pair.First.Examples > 0).Select(static pair =>
            $"{pair.Second.Name}: {pair.First.Examples} example{(pair.First.Examples == 1 ? " has" : "s have")} control characters, the first at line {pair.First.FirstLine}; they are learned as they are."),
    ];

    /// <summary>Takes the chunks in order: the lines of those before say where this one's begin.</summary>
    public void Add(int chunk, ChunkSurvey survey)
    {
        if (scan.Chunks[chunk].File != file)
        {
            (file, linesBefore) = (scan.Chunks[chunk].File, 0);
        }

        foreach (var problem in survey.Problems)
        {
            Add(problem with { Line = problem.Line + linesBefore });
        }

        Count += survey.ProblemCount - survey.Problems.Count;          // those that the chunk only counted
        var (examples, first) = controlCharacters[file];
        controlCharacters[file] = (examples + survey.ControlCharacters, first ?? survey.FirstControlCharacter + linesBefore);
        linesBefore += survey.Lines;
    }

    public void Add(DatasetProblem problem)
    {
        if (problem.Line is null && problems.Contains(problem))        // a changed file is noticed by each of its chunks
        {
            return;
        }

        Count++;
        if (problems.Count < ProblemLog.Kept)
        {
            problems.Add(problem);
        }
    }
}
