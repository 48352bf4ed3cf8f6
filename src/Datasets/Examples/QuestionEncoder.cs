using System.Text.Json;
using ServerlessTuning.Datasets.Preparation;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>What the model is asked, up to where its answer starts; nothing of it is learned.</summary>
internal sealed class QuestionEncoder(BaseRendering rendering, LengthRule rule) : IExampleEncoder
{
    /// <summary>Room for an answer that a context must leave.</summary>
    private const int LeastAnswer = 8;

    private readonly TokenSequence tokens = new();

    public IEnumerable<EncodedExample> Encode(ExampleRecord example, LineProblems problems)
    {
        if (rendering.Ask(example, problems) is not { } question)
        {
            return [];
        }

        tokens.Clear();
        foreach (var id in rendering.Tokenizer.Encode(question.Prompt))
        {
            tokens.Add(id, supervised: false);
        }

        var held = question with { Item = JsonElement.Parse(example[example.Row]) };
        return rule.LeavesRoom(tokens.Count, LeastAnswer, problems) ? [new([new(tokens, ..)], null, () => held, [new(question.Prompt, false)])] : [];
    }
}
