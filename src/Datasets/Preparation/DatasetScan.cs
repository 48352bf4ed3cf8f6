using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Formats;
using ServerlessTuning.Datasets.Templates;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>What the first step finds out, and the later ones go by: <c>work/scan.json</c>.</summary>
/// <param name="Chunks">Parts of the files, those of test and validation files first.</param>
/// <param name="Problems">Nothing else is done when there is one.</param>
public sealed record DatasetScan(
    TuningTask Task,
    int ContextLength,
    SplitRequest Split,
    IReadOnlyList<ScannedFile> Files,
    IReadOnlyList<Chunk> Chunks,
    IReadOnlyList<DatasetProblem> Problems)
{
    public bool HoldsChats => Files.Any(static file => file.Format?.Kind == ExampleKind.Chat);

    /// <summary>Of the training file; what the report names.</summary>
    public ExampleKind? Kind => Files.FirstOrDefault(static file => file.File.Split == DatasetSplit.Train)?.Format?.Kind;
}

/// <param name="Unpacked">Where the unpacked text lies below the run's dataset folder; null when the file is read as it is.</param>
/// <param name="Bytes">Of the text, unpacked.</param>
/// <param name="Format">Null when it could not be told.</param>
public sealed record ScannedFile(DatasetFile File, string? Unpacked, long Bytes, FileFormat? Format)
{
    /// <summary>The name in the dataset's folder, as messages show it.</summary>
    public string Name => System.IO.Path.GetFileName(File.Name);
}

/// <summary>The examples that begin in a byte range of a file.</summary>
/// <param name="File">Index in <see cref="DatasetScan.Files"/>.</param>
public sealed record Chunk(int File, long Begin, long End);

/// <summary>What validation found in one chunk: <c>work/survey-*.json</c>.</summary>
/// <param name="Lines">Lines that begin in the chunk: the next one's first line follows from it.</param>
/// <param name="Examples">Good ones; as many fingerprints lie beside.</param>
/// <param name="ControlCharacters">Examples with control characters other than tab and line ends.</param>
/// <param name="FirstControlCharacter">Line of the first of these.</param>
/// <param name="ProblemCount">All of them.</param>
/// <param name="Problems">The first hundred, lines counted in the chunk.</param>
public sealed record ChunkSurvey(
    long Lines, int Examples, long ControlCharacters, long? FirstControlCharacter, long ProblemCount, IReadOnlyList<DatasetProblem> Problems);

/// <summary>What became of one chunk: <c>work/tokens-*.json</c>.</summary>
/// <param name="Histogram">Training examples by length before any cut: 32 bins over the context, and one for longer ones.</param>
/// <param name="Samples">A few training examples for the report.</param>
public sealed record ChunkTokens(
    SplitReport Train,
    SplitReport Validation,
    SplitReport Test,
    long Truncated,
    long Dropped,
    IReadOnlyList<long> Histogram,
    IReadOnlyList<IReadOnlyList<TextSegment>> Samples,
    long ProblemCount,
    IReadOnlyList<DatasetProblem> Problems);
