using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Templates;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>An example as text, cut where supervision begins and ends; the pieces are tokenized one by one, so the mask is exact by position.</summary>
/// <param name="Segments">In order; together the text that the model sees.</param>
/// <param name="EndOfSequence">The end-of-sequence token follows, supervised: the model must learn to stop.</param>
/// <param name="Held">What evaluation is shown of it; only asked for when the example is held out.</param>
public sealed record RenderedExample(IReadOnlyList<TextSegment> Segments, bool EndOfSequence, Func<HeldOutExample> Held);
