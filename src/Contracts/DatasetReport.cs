namespace ServerlessTuning.Contracts;

/// <summary>What preparation found and made: <c>dataset/report.json</c>.</summary>
/// <param name="Usable">False when the run must end as rejected.</param>
/// <param name="Format">For example <c>chat</c>, <c>prompt_completion</c>, <c>text</c>.</param>
/// <param name="Task">What the format is for, or what the request said.</param>
/// <param name="ContextLength">Longest example kept, tokens; longer ones were treated by the rule.</param>
/// <param name="Train">The split that trains.</param>
/// <param name="Validation">The split watched during training.</param>
/// <param name="Test">The split that judges.</param>
/// <param name="Duplicates">Examples left out because an identical one came before.</param>
/// <param name="Truncated">Examples cut to the context.</param>
/// <param name="Dropped">Examples left out: too long under the rule, or nothing supervised remained.</param>
/// <param name="Problems">Why it is not usable: at most 100, each with file and line; <see cref="ProblemCount"/> counts all.</param>
/// <param name="Notices">Worth knowing but no reason to reject: a sentence each.</param>
/// <param name="Labels">Of a classification; null otherwise.</param>
/// <param name="SequencesPerExample">2 for source and target, and for chosen and rejected.</param>
public sealed record DatasetReport(
    bool Usable,
    string Format,
    TuningTask Task,
    int ContextLength,
    SplitReport Train,
    SplitReport Validation,
    SplitReport Test,
    long Duplicates,
    long Truncated,
    long Dropped,
    long ProblemCount,
    IReadOnlyList<DatasetProblem> Problems,
    IReadOnlyList<string>? Notices = null,
    LabelSet? Labels = null,
    int SequencesPerExample = 1);

/// <summary>One split as token shards.</summary>
/// <param name="Examples">In the shards; a pair of sequences is one example.</param>
/// <param name="Tokens">All tokens, no padding.</param>
/// <param name="SupervisedTokens">Tokens that carry loss.</param>
/// <param name="Shards">Paths below <c>runs/{run}/dataset/</c>, in order, each a safetensors file with I32 <c>input_ids</c> [tokens], I32 <c>labels</c> [tokens] (−100 = no loss; labels[i] is the loss target at position i, predicted from position i−1) and I64 <c>offsets</c> [sequences + 1]; tasks with pairs have two sequences an example (source and target; chosen and rejected), tasks with labels F32 <c>targets</c> [examples, width] too.</param>
/// <param name="Held">Path of a JSONL of <see cref="HeldOutExample"/>, for samples, text metrics and graders; null for a training split that nothing is generated for.</param>
/// <param name="Sources">The files that the examples are from, in the order of the shards.</param>
public sealed record SplitReport(long Examples, long Tokens, long SupervisedTokens, IReadOnlyList<string> Shards, string? Held = null, IReadOnlyList<SourceReport>? Sources = null)
{
    public static SplitReport Empty { get; } = new(0, 0, 0, []);
}

/// <summary>What one file gave to a split.</summary>
public sealed record SourceReport(string File, long Examples, long Tokens);

/// <summary>A held-out example as text: the rendered prompt up to where the answer starts, and the answer.</summary>
/// <param name="Display">The prompt as a person wrote it (the last user message).</param>
/// <param name="Prompt">Rendered with the chat template, ready to be encoded without special tokens.</param>
/// <param name="Answer">What the reference says, without template tokens.</param>
/// <param name="Item">Of reinforcement: the line as it stands in the file, for the grader.</param>
public sealed record HeldOutExample(string Display, string Prompt, string Answer, System.Text.Json.JsonElement? Item = null);

/// <summary>One thing wrong with a dataset or a request, where, and what to do.</summary>
/// <param name="File">Blob name in the dataset's folder.</param>
/// <param name="Line">Counted from 1; null when it concerns the whole file.</param>
/// <param name="Field">JSON path such as <c>messages[2].role</c>; null when it concerns the whole line.</param>
/// <param name="Found">What was there.</param>
/// <param name="Expected">What belongs there.</param>
/// <param name="Fix">What to do.</param>
public sealed record DatasetProblem(string File, long? Line, string? Field, string Found, string Expected, string Fix)
{
    public override string ToString() =>
        $"{File}{(Line is { } line ? $", line {line}" : "")}{(Field is null ? "" : $", {Field}")}: found {Found}, expected {Expected}. {Fix}";
}
