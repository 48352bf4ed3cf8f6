using System.Text;
using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Templates;
using ServerlessTuning.Datasets.Tokenization;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>Conversations as the base model's chat template renders them; what is learned is what the assistant says, its turn's terminator included.</summary>
public sealed class ChatRendering
{
    private readonly ChatTemplate template;
    private readonly bool endOfSequence;

    public ChatRendering(ChatTemplate template, ModelTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(tokenizer);
        this.template = template;
        var answer = template.Segments([new("user", "question"), new("assistant", "answer")]).Last(segment => segment.Supervised);
        endOfSequence = !tokenizer.Encode(answer.Text).Exists(tokenizer.IsSpecial);    // a template that never says stop
    }

    /// <param name="answer">Of two answers the one to render.</param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    public RenderedExample Render(ExampleRecord example, Answer answer = Answer.None)
    {
        ArgumentNullException.ThrowIfNull(example);
        var messages = Messages(example, answer);
        var tools = Json(example, example.Tools);
        return new(template.Segments(messages, tools), endOfSequence, () => Held(messages, tools));
    }

    /// <summary>A conversation that the model is to go on with.</summary>
    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    public HeldOutExample Ask(ExampleRecord example)
    {
        ArgumentNullException.ThrowIfNull(example);
        var messages = Messages(example, Answer.None);
        return new(messages.FindLast(static message => message.Role == "user")?.Content ?? "", template.Render(messages, addGenerationPrompt: true, Json(example, example.Tools)), "");
    }

    private static List<ChatMessage> Messages(ExampleRecord example, Answer answer) =>
        [.. example.Turns.Where(turn => turn.Answer == Answer.None || turn.Answer == answer).Select(turn => Message(example, turn))];

    private static ChatMessage Message(ExampleRecord example, Turn turn) => new(RoleName(turn.Role), Text(example, turn.Content) ?? (turn.ToolCalls.Length > 0 ? null : ""))
    {
        Supervised = turn.Supervised,
        ToolCalls = Json(example, turn.ToolCalls),
        ToolCallId = Text(example, turn.ToolCallId),
        Name = Text(example, turn.Name),
    };

    private static string? Text(ExampleRecord example, Slice slice) => slice.Length == 0 ? null : Encoding.UTF8.GetString(example[slice]);

    private static JsonElement? Json(ExampleRecord example, Slice slice) => slice.Length == 0 ? null : JsonElement.Parse(example[slice]);

    /// <summary>The last answer that is learned, and all that comes before it.</summary>
    private HeldOutExample Held(List<ChatMessage> messages, JsonElement? tools)
    {
        var answer = messages.FindLastIndex(static message => message.Supervised);
        var question = messages.FindLastIndex(answer, static message => message.Role == "user");
        return new(question < 0 ? "" : messages[question].Content!, template.Render(messages[..answer], addGenerationPrompt: true, tools), messages[answer].Content ?? "");
    }

    /// <summary>Templates know no developer; OpenAI's newer models call the system so.</summary>
    private static string RoleName(Role role) => role switch
    {
        Role.System or Role.Developer => "system",
        Role.User => "user",
        Role.Assistant => "assistant",
        _ => "tool",
    };
}
