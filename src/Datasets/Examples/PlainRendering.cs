using System.Text;
using ServerlessTuning.Datasets.Templates;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>Examples without speakers are seen by the model as they stand, behind the beginning-of-sequence token where the tokenizer asks for one.</summary>
/// <param name="begin">Text of that token; empty when there is none.</param>
public sealed class PlainRendering(string begin)
{
    /// <summary>Characters of a text that evaluation gives as the prompt; it ends at a space.</summary>
    private const int PromptCharacters = 64;

    private const int DisplayCharacters = 200;

    public RenderedExample Render(ExampleRecord example)
    {
        ArgumentNullException.ThrowIfNull(example);
        return example.Turns[0].Role == Role.Text ? Text(example) : PromptAndCompletion(example);
    }

    /// <summary>Every token is learned, the end of the document too.</summary>
    private RenderedExample Text(ExampleRecord example)
    {
        var turn = example.Turns[0];
        var text = Encoding.UTF8.GetString(example[turn.Content]);
        var space = text.Length > PromptCharacters ? text.LastIndexOf(' ', PromptCharacters) : -1;
        var prompt = text[..Math.Max(space, 0)];
        return new([new TextSegment(begin, false), new TextSegment(text, true)], turn.EndsDocument, () => new(prompt, begin + prompt, text[prompt.Length..]));
    }

    /// <summary>Only the completion is learned. It is tokenized apart from the prompt, because that is how it is generated.</summary>
    private RenderedExample PromptAndCompletion(ExampleRecord example)
    {
        var prompt = Encoding.UTF8.GetString(example[example.Turns[0].Content]);
        var completion = Encoding.UTF8.GetString(example[example.Turns[1].Content]);
        var display = prompt.Length > DisplayCharacters ? "…" + prompt[^DisplayCharacters..] : prompt;
        return new([new TextSegment(begin + prompt, false), new TextSegment(completion, true)], EndOfSequence: true, () => new(display, begin + prompt, completion));
    }
}
