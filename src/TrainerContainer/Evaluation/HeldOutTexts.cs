using System.Text.Json;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Evaluation;

/// <summary>The held-out examples that models answer: the first distinct prompts of the split, and a person's own prompts if there are some.</summary>
/// <param name="Examples">Their answers are scored against the reference.</param>
/// <param name="Own">Rendered, without a reference.</param>
public sealed record HeldOutTexts(IReadOnlyList<HeldOutExample> Examples, IReadOnlyList<(string Display, string Prompt)> Own)
{
    public const int MostExamples = 100;
    private const int Samples = 3;

    public static HeldOutTexts Read(string? heldFile, IReadOnlyList<string>? ownPrompts, ModelText text)
    {
        List<HeldOutExample> examples = heldFile is null ? [] : [.. Lines(heldFile).DistinctBy(example => example.Prompt).Take(MostExamples)];
        return new(examples, [.. (ownPrompts ?? []).Select(prompt => (prompt, text.Render(prompt)))]);
    }

    /// <summary>Every example of a split, in the order of its shards.</summary>
    public static IReadOnlyList<HeldOutExample> ReadAll(string heldFile) => [.. Lines(heldFile)];

    private static IEnumerable<HeldOutExample> Lines(string heldFile) =>
        File.ReadLines(heldFile).Where(line => line.Length > 0).Select(line => JsonSerializer.Deserialize<HeldOutExample>(line, TuningJson.Options)!);

    /// <summary>How near the answers are to the references; null when there is none.</summary>
    public double? Chrf(IReadOnlyList<string> answers) => Examples.Count == 0 ? null : Examples.Select((example, i) => Evaluation.Chrf.Score(answers[i], example.Answer)).Average();

    /// <summary>All prompts in the order in which they are answered: the examples', then the person's own.</summary>
    public IReadOnlyList<string> Prompts => [.. Examples.Select(example => example.Prompt), .. Own.Select(own => own.Prompt)];

    /// <summary>The examples with both models' answers.</summary>
    public IEnumerable<Sample> Answered(IReadOnlyList<string> byBase, IReadOnlyList<string> byTuned) =>
        Examples.Select((example, i) => new Sample(example.Display, example.Answer, byBase[i], byTuned[i]));

    /// <summary>For the report: the person's own prompts, or the first of the examples.</summary>
    public IReadOnlyList<Sample> Shown(IReadOnlyList<string> byBase, IReadOnlyList<string> byTuned) => Own.Count > 0
        ? [.. Own.Select((own, i) => new Sample(own.Display, null, byBase[Examples.Count + i], byTuned[Examples.Count + i]))]
        : [.. Answered(byBase, byTuned).Take(Samples)];
}
