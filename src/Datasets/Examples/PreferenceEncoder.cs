using ServerlessTuning.Datasets.Preparation;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>A better and a worse answer to the same question, as two sequences of which the answers are learned.</summary>
internal sealed class PreferenceEncoder(BaseRendering rendering, LengthRule rule) : IExampleEncoder
{
    private readonly ExampleTokenizer tokenizer = new(rendering.Tokenizer, everything: false);
    private readonly TokenSequence chosen = new(), rejected = new();

    public IEnumerable<EncodedExample> Encode(ExampleRecord example, LineProblems problems)
    {
        if (rendering.Render(example, problems, Answer.Chosen) is not { } better || rendering.Render(example, problems, Answer.Rejected) is not { } worse)
        {
            return [];
        }

        tokenizer.Tokenize(better, chosen);
        tokenizer.Tokenize(worse, rejected);
        return rule.Apply(chosen, rejected, mustTeach: true, problems) is not var (first, second) ? []
            : [new([new(chosen, first), new(rejected, second)], null, better.Held, better.Segments)];
    }
}

/// <summary>An answer that was judged: 1 for a good one, 0 for a bad one.</summary>
internal sealed class JudgedEncoder(BaseRendering rendering, LengthRule rule) : IExampleEncoder
{
    private readonly ExampleTokenizer tokenizer = new(rendering.Tokenizer, everything: false);
    private readonly TokenSequence tokens = new();

    public IEnumerable<EncodedExample> Encode(ExampleRecord example, LineProblems problems)
    {
        if (rendering.Render(example, problems, Answer.Chosen) is not { } rendered)
        {
            return [];
        }

        tokenizer.Tokenize(rendered, tokens);
        float[] judgement = [example.Labels[0] == "true" ? 1 : 0];
        return rule.Apply(tokens, problems).Select(range => new EncodedExample([new(tokens, range)], judgement, rendered.Held, rendered.Segments));
    }
}
