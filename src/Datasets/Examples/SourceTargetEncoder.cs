using System.Text;
using ServerlessTuning.Datasets.Templates;
using ServerlessTuning.Datasets.Tokenization;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>A prompt for the encoder and a completion for the decoder; the completion begins with the token that the decoder starts with and is learned with its end.</summary>
/// <param name="start">config.json's decoder_start_token_id.</param>
internal sealed class SourceTargetEncoder(ModelTokenizer tokenizer, LengthRule rule, int start) : IExampleEncoder
{
    private readonly FramedText framed = new(tokenizer);
    private readonly TokenSequence source = new(), target = new();

    public IEnumerable<EncodedExample> Encode(ExampleRecord example, LineProblems problems)
    {
        var (prompt, completion) = (Text(example, 0), Text(example, 1));
        framed.Write(prompt, source, isLearned: false);
        target.Clear();
        target.AddLabeled(start, TokenSequence.NoLoss);
        foreach (var id in tokenizer.EncodeWithSpecialTokens(completion))
        {
            target.AddLabeled(id, id);
        }

        if (tokenizer.EosId is { } end && target.Ids[^1] != end)
        {
            target.AddLabeled(end, end);                                                              // the model must learn to stop
        }

        if (rule.Apply(source, target, mustTeach: false, problems) is not var (first, second))
        {
            return [];
        }

        if (source.Count > rule.Context)
        {
            source.Remove(rule.Context - framed.After, source.Count - rule.Context);                  // the end of the source stays: it was learned as one
        }

        return [new([new(source, first), new(target, second)], null, () => new(prompt, prompt, completion), [new TextSegment(prompt, false), new TextSegment($" → {completion}", true)])];
    }

    private static string Text(ExampleRecord example, int turn) => Encoding.UTF8.GetString(example[example.Turns[turn].Content]);
}
