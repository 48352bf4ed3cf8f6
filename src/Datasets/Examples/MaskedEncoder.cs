using System.Text;
using ServerlessTuning.Datasets.Templates;
using ServerlessTuning.Datasets.Tokenization;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>
/// Plain text for an encoder, in pieces that fit. Every token of the text may be hidden later, so each is its own label; which ones are hidden is drawn anew
/// in every epoch of the training.
/// </summary>
internal sealed class MaskedEncoder(ModelTokenizer tokenizer, LengthRule rule) : IExampleEncoder
{
    private readonly FramedText framed = new(tokenizer);
    private readonly TokenSequence tokens = new();

    public IEnumerable<EncodedExample> Encode(ExampleRecord example, LineProblems problems)
    {
        var text = Encoding.UTF8.GetString(example[example.Turns[0].Content]);
        var ids = tokenizer.Encode(text);
        TextSegment[] shown = [new(text, true)];
        foreach (var piece in ids.Chunk(rule.Context - framed.Before - framed.After))
        {
            tokens.Clear();
            framed.WriteBefore(tokens);
            foreach (var id in piece)
            {
                tokens.AddLabeled(id, id);
            }

            framed.WriteAfter(tokens);
            rule.Fit(tokens, framed.After, problems);
            yield return new([new(tokens, ..)], null, null, shown);
        }
    }
}
