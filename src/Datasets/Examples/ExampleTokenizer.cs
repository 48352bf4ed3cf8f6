using System.Text;
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
        foreach (var (id, supervised) in tokenizer.IsSeamless ? Piecewise(example) : AsOneText(example))
        {
            into.Add(id, supervised || everything);
        }

        if (example.EndOfSequence && tokenizer.EosId is { } end)
        {
            into.Add(end, supervised: true);
        }
    }

    private IEnumerable<(int Id, bool Supervised)> Piecewise(RenderedExample example) =>
        example.Segments.SelectMany(segment => tokenizer.Encode(segment.Text).Select(id => (id, segment.Supervised)));

    private IEnumerable<(int Id, bool Supervised)> AsOneText(RenderedExample example)
    {
        var (tokens, spans, at) = (new List<(int Id, bool Supervised)>(), new List<TextSpan>(), 0);
        foreach (var segment in example.Segments)
        {
            var length = Encoding.UTF8.GetByteCount(segment.Text);
            spans.Add(new(at, at + length, segment.Supervised));
            at += length;
        }

        return SpanAlignment.TryTokenize(tokenizer, spans, string.Concat(example.Segments.Select(segment => segment.Text)), tokens) ? tokens : Piecewise(example);
    }
}
