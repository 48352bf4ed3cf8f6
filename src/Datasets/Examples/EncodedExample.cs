using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Templates;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>An example as the trainer reads it.</summary>
/// <param name="Sequences">One, or two that belong together: source and target, chosen and rejected.</param>
/// <param name="Targets">What is learned of the whole example, such as its class; null when its tokens say it.</param>
/// <param name="Held">What evaluation or a grader is shown of it; null when that is nothing.</param>
/// <param name="Shown">For the dataset's report.</param>
public sealed record EncodedExample(
    IReadOnlyList<SequencePart> Sequences, IReadOnlyList<float>? Targets, Func<HeldOutExample>? Held, IReadOnlyList<TextSegment> Shown);

/// <summary>Some tokens of a sequence that is filled again for the next example.</summary>
public readonly record struct SequencePart(TokenSequence Sequence, Range Range)
{
    public ReadOnlySpan<int> Ids => Sequence.Ids[Range];

    public ReadOnlySpan<int> Labels => Sequence.Labels[Range];
}
