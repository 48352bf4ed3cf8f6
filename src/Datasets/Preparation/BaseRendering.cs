using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Templates;
using ServerlessTuning.Datasets.Tokenization;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>How the base model wants to see examples: its tokenizer and its chat template, ready for use by many threads.</summary>
public sealed class BaseRendering
{
    private readonly PlainRendering plain;
    private readonly ChatRendering? chat;

    private BaseRendering(ModelTokenizer tokenizer, ChatTemplate? template)
    {
        Tokenizer = tokenizer;
        var begins = tokenizer.BosId is { } begin && tokenizer.EncodeWithSpecialTokens("").FirstOrDefault(-1) == begin;
        plain = new(begins ? tokenizer.Bos! : "");
        chat = template is null ? null : new(template, tokenizer);
    }

    public ModelTokenizer Tokenizer { get; }

    /// <param name="chats">A chat template is needed.</param>
    /// <returns>Null when the base model cannot serve; the reason is among the problems.</returns>
    public static BaseRendering? Open(BaseFiles files, bool chats, ICollection<DatasetProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(problems);
        if (files.Tokenizer is null)
        {
            problems.Add(new("tokenizer.json", null, null, "no tokenizer.json in the base model's folder", "a model in Hugging Face layout",
                "Upload tokenizer.json and tokenizer_config.json of the same model; a folder with only tokenizer.model must be converted first."));
            return null;
        }

        try
        {
            var tokenizer = ModelTokenizer.FromJson(files.Tokenizer, files.TokenizerConfig);
            var template = chats ? ChatTemplate.FromConfig(files.TokenizerConfig ?? "{}", files.ChatTemplate) : null;
            if (template is not null || !chats)
            {
                return new(tokenizer, template);
            }

            problems.Add(new("tokenizer_config.json", null, "chat_template", "no chat template in the base model's folder", "a chat template, because the dataset holds chats",
                "Use the base model's instruct version, add chat_template.jinja, or give the dataset as prompts and completions."));
        }
        catch (TokenizerException error)
        {
            problems.Add(new("tokenizer.json", null, null, error.Message, "a tokenizer that can be used", "Use another base model, or correct the file."));
        }
        catch (ChatTemplateException error)
        {
            problems.Add(new("tokenizer_config.json", null, "chat_template", error.Message, "a template that renders a question and an answer", "Correct the template, or use another base model."));
        }

        return null;
    }

    /// <param name="answer">Of two answers the one to render.</param>
    /// <returns>Null when the chat template refuses the example; the reason is in the log.</returns>
    public RenderedExample? Render(ExampleRecord example, LineProblems problems, Answer answer = Answer.None)
    {
        ArgumentNullException.ThrowIfNull(example);
        return example.Turns[0].Role is Role.Text or Role.Prompt ? plain.Render(example, answer) : Accepted(() => chat!.Render(example, answer), problems);
    }

    /// <summary>The example as a question, up to where the answer starts.</summary>
    /// <returns>Null when the chat template refuses it; the reason is in the log.</returns>
    public HeldOutExample? Ask(ExampleRecord example, LineProblems problems) =>
        example.Turns[0].Role == Role.Prompt ? plain.Ask(example) : Accepted(() => chat!.Ask(example), problems);

    private static T? Accepted<T>(Func<T> render, LineProblems problems)
        where T : class
    {
        try
        {
            return render();
        }
        catch (ChatTemplateException error)
        {
            problems.Add("messages", $"a conversation that the chat template of the base model refuses ({error.Message})", "turns in an order that it renders",
                "Change the order of the turns, or use a base model whose template takes it.");
            return null;
        }
    }
}
