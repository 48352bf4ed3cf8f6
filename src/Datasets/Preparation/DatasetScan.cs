using System.Text.Json.Serialization;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Formats;
using ServerlessTuning.Datasets.Templates;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>What the first step finds out, and the later ones go by: <c>work/scan.json</c>.</summary>
/// <param name="Chunks">Parts of the files, those of test and validation files first.</param>
/// <param name="Problems">Nothing else is done when there is one.</param>
/// <param name="Labels">Those that are known before the examples are looked at: the request's, or the base model's own.</param>
/// <param name="DecoderStart">The token that an encoder-decoder's decoder begins with.</param>
public sealed record DatasetScan(
    TuningTask Task,
    int ContextLength,
    SplitRequest Split,
    IReadOnlyList<ScannedFile> Files,
    IReadOnlyList<Chunk> Chunks,
    IReadOnlyList<DatasetProblem> Problems,
    IReadOnlyList<string>? Labels = null,
    int? DecoderStart = null)
{
    /// <summary>A chat template is needed.</summary>
    public bool HoldsChats => Files.Any(static file => file.HoldsChats);

    /// <summary>The task is one of giving labels.</summary>
    public bool IsLabeled => Task is TuningTask.Classification or TuningTask.TokenClassification;

    /// <summary>Source and target, chosen and rejected.</summary>
    public int SequencesPerExample => Task == TuningTask.SequenceToSequence || Kind == ExampleKind.Preference ? 2 : 1;

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

    /// <summary>Its examples cannot be rendered without a chat template.</summary>
    [JsonIgnore]
    public bool HoldsChats => Format?.HoldsChats ?? false;
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
/// <param name="Labels">Null when the task has none.</param>
public sealed record ChunkSurvey(
    long Lines, int Examples, long ControlCharacters, long? FirstControlCharacter, long ProblemCount, IReadOnlyList<DatasetProblem> Problems, LabelSurvey? Labels = null);

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
