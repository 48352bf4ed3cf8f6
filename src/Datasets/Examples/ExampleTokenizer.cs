using ServerlessTuning.Datasets.Tokenization;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>Turns rendered examples into tokens and labels: masked by position, never by token id, so a padding or end token inside a text is learned like any other.</summary>
/// <param name="everything">Pretraining: every token carries loss.</param>
public sealed class ExampleTokenizer(ModelTokenizer tokenizer, bool everything)
{
    /// <returns>Tokens of the whole example, whatever its length.</returns>
    public void Tokenize(RenderedExample example, TokenSequence into)
    {
        ArgumentNullException.ThrowIfNull(example);
        ArgumentNullException.ThrowIfNull(into);
        into.Clear();
        foreach (var segment in example.Segments)
        {
            foreach (var id in tokenizer.Encode(segment.Text))
            {
                into.Add(id, segment.Supervised || everything);
            }
        }

        if (example.EndOfSequence && tokenizer.EosId is { } end)
        {
            into.Add(end, supervised: true);
        }
    }
}
