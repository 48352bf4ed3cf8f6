namespace ServerlessTuning.Datasets.Templates;

/// <summary>A stretch of a rendered conversation. Encode segments one by one: at inference the model is given exactly the text up to where an answer starts.</summary>
/// <param name="Supervised">Whether its tokens carry loss.</param>
public sealed record TextSegment(string Text, bool Supervised);
