using System.Text;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Templates;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>Examples without speakers are seen by the model as they stand, behind the beginning-of-sequence token where the tokenizer asks for one.</summary>
/// <param name="begin">Text of that token; empty when there is none.</param>
public sealed class PlainRendering(string begin)
{
    /// <summary>Characters of a text that evaluation gives as the prompt, of a short one half of it; it ends at a space.</summary>
    private const int PromptCharacters = 64;

    private const int DisplayCharacters = 200;

    /// <param name="answer">Of two answers the one to render.</param>
    public RenderedExample Render(ExampleRecord example, Answer answer = Answer.None)
    {
        ArgumentNullException.ThrowIfNull(example);
        return example.Turns[0].Role == Role.Text ? Text(example) : PromptAndCompletion(example, example.Turns.First(turn => turn.Role == Role.Completion && turn.Answer == answer));
    }

    public HeldOutExample Ask(ExampleRecord example)
    {
        ArgumentNullException.ThrowIfNull(example);
        var prompt = Encoding.UTF8.GetString(example[example.Turns[0].Content]);
        return new(Display(prompt), begin + prompt, "");
    }

    /// <summary>Every token is learned, the end of the document too.</summary>
    private RenderedExample Text(ExampleRecord example)
    {
        var turn = example.Turns[0];
        var text = Encoding.UTF8.GetString(example[turn.Content]);
        var space = text.LastIndexOf(' ', Math.Min(PromptCharacters, text.Length / 2));
        var prompt = text[..Math.Max(space, 0)];
        return new([new TextSegment(begin, false), new TextSegment(text, true)], turn.EndsDocument, () => new(prompt, begin + prompt, text[prompt.Length..]));
    }

    /// <summary>Only the completion is learned. It is tokenized apart from the prompt, because that is how it is generated.</summary>
    private RenderedExample PromptAndCompletion(ExampleRecord example, Turn answer)
    {
        var prompt = Encoding.UTF8.GetString(example[example.Turns[0].Content]);
        var completion = Encoding.UTF8.GetString(example[answer.Content]);
        return new([new TextSegment(begin + prompt, false), new TextSegment(completion, true)], EndOfSequence: true, () => new(Display(prompt), begin + prompt, completion));
    }

    private static string Display(string prompt) => prompt.Length > DisplayCharacters ? "…" + prompt[^DisplayCharacters..] : prompt;
}
