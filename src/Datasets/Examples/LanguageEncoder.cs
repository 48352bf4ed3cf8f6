using ServerlessTuning.Datasets.Preparation;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>Texts for a decoder: conversations, prompts with completions, plain text.</summary>
/// <param name="everything">Pretraining: every token carries loss.</param>
internal sealed class LanguageEncoder(BaseRendering rendering, LengthRule rule, bool everything) : IExampleEncoder
{
    private readonly ExampleTokenizer tokenizer = new(rendering.Tokenizer, everything);
    private readonly TokenSequence tokens = new();

    public IEnumerable<EncodedExample> Encode(ExampleRecord example, LineProblems problems)
    {
        if (rendering.Render(example, problems) is not { } rendered)
        {
            return [];
        }

        tokenizer.Tokenize(rendered, tokens);
        // A text in pieces is one text to a person: it is shown once.
        return rule.Apply(tokens, problems).Select((range, i) => new EncodedExample([new(tokens, range)], null, i == 0 ? rendered.Held : null, rendered.Segments));
    }
}
