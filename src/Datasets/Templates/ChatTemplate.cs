using System.Text.Json;
using ServerlessTuning.Datasets.Templates.Jinja;

namespace ServerlessTuning.Datasets.Templates;

/// <summary>A model's chat template: Jinja2, rendered as transformers' <c>apply_chat_template</c> does. Safe for use by many threads.</summary>
public sealed class ChatTemplate
{
    private readonly JinjaTemplate _template;
    private readonly JinjaTemplate? _withTools;
    private readonly IReadOnlyDictionary<string, object?> _tokens;
    private readonly TimeProvider _clock;

    private ChatTemplate(TemplateSource source, IReadOnlyDictionary<string, object?> tokens, TimeProvider? clock)
    {
        _template = JinjaTemplate.Parse(source.Text);
        _withTools = source.WithTools is null ? null : JinjaTemplate.Parse(source.WithTools);
        _tokens = tokens;
        _clock = clock ?? TimeProvider.System;
    }

    /// <param name="source">The Jinja2 text.</param>
    /// <param name="bosToken">What the template's <c>bos_token</c> stands for; null leaves it undefined.</param>
    /// <param name="eosToken">What the template's <c>eos_token</c> stands for; null leaves it undefined.</param>
    /// <param name="clock">What <c>strftime_now</c> tells, in local time as in transformers; null for the system's.</param>
    /// <exception cref="ChatTemplateException">A syntax error, with line and column.</exception>
    public static ChatTemplate Parse(string source, string? bosToken = null, string? eosToken = null, TimeProvider? clock = null) => new(
        new(source),
        new Dictionary<string, object?> { ["bos_token"] = bosToken, ["eos_token"] = eosToken }.Where(token => token.Value is not null).ToDictionary(),
        clock);

    /// <summary>The template of a model's folder; null when it has none.</summary>
    /// <param name="tokenizerConfigJson">The text of tokenizer_config.json. Its <c>chat_template</c> is a text or a list of named ones: default, and tool_use where tools are given.</param>
    /// <param name="templateFile">The text of chat_template.jinja, or of chat_template.json, where there is one; it wins.</param>
    /// <param name="clock">What <c>strftime_now</c> tells; null for the system's.</param>
    /// <exception cref="ChatTemplateException">A syntax error, with line and column, or named templates without a default.</exception>
    public static ChatTemplate? FromConfig(string tokenizerConfigJson, string? templateFile = null, TimeProvider? clock = null)
    {
        using var document = JsonDocument.Parse(tokenizerConfigJson);
        var config = document.RootElement;
        return (templateFile is null ? TemplateSource.In(config) : TemplateSource.InFile(templateFile)) is { } source ? new(source, SpecialTokens(config), clock) : null;
    }

    /// <inheritdoc cref="FromConfig"/>
    public static ChatTemplate? FromFolder(string folder)
    {
        return Text("tokenizer_config.json") is { } config ? FromConfig(config, Text("chat_template.jinja") ?? Text("chat_template.json")) : null;

        string? Text(string name) => Path.Combine(folder, name) is var path && File.Exists(path) ? File.ReadAllText(path) : null;
    }

    /// <param name="addGenerationPrompt">End with the opening of the assistant's turn.</param>
    /// <param name="tools">OpenAI's array of the tools that may be called; null when there are none.</param>
    /// <param name="variables">What else the template may ask for, such as <c>enable_thinking</c> or <c>date_string</c>; null for nothing.</param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation, or uses what it was not given.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, JsonElement? tools = null, IReadOnlyDictionary<string, JsonElement>? variables = null) =>
        Rendered(messages, addGenerationPrompt, tools, variables).Text;

    /// <summary>
    /// The conversation cut where supervision begins and ends: see <see cref="SupervisedSpans"/>. The turn's terminator is supervised too.
    /// The segments' texts put together are the whole rendered conversation.
    /// </summary>
    /// <exception cref="ChatTemplateException">The template refuses the conversation, or changes earlier turns so that no span can be told.</exception>
    public IReadOnlyList<TextSegment> Segments(IReadOnlyList<ChatMessage> messages, JsonElement? tools = null)
    {
        var spans = new SupervisedSpans((some, prompt) => Rendered(some, prompt, tools, null), _tokens.GetValueOrDefault("eos_token") as string);
        return spans.Cut(messages);
    }

    private Rendering Rendered(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, JsonElement? tools, IReadOnlyDictionary<string, JsonElement>? more)
    {
        // As transformers: tools and documents are there, and none, when they are not given.
        var variables = new Dictionary<string, object?>(_tokens)
        {
            ["tools"] = tools is { } declared ? TemplateValues.Of(declared) : null,
            ["documents"] = null,
            ["add_generation_prompt"] = addGenerationPrompt,
            ["strftime_now"] = Globals.Clock(_clock.GetLocalNow().DateTime),
        };
        foreach (var (name, value) in more ?? new Dictionary<string, JsonElement>())
        {
            variables[name] = TemplateValues.Of(value);
        }

        var template = tools is null ? _template : _withTools ?? _template;
        var length = messages.Sum(message => (long)(message.Content?.Length ?? 0) + TextLength(message.ToolCalls)) + TextLength(tools);
        try
        {
            return template.Render(With(parsedArguments: true), length);
        }
        catch (ChatTemplateException) when (messages.Any(message => message.ToolCalls is not null) && Written() is { } rendering)
        {
            return rendering;       // DeepSeek's templates join a call's arguments to other text: they expect them as they are written
        }

        Dictionary<string, object?> With(bool parsedArguments)
        {
            variables["messages"] = messages.Select(object? (message) => TemplateValues.Of(message, parsedArguments)).ToList();
            return variables;
        }

        Rendering? Written()
        {
            try
            {
                return template.Render(With(parsedArguments: false), length);
            }
            catch (ChatTemplateException)
            {
                return null;
            }
        }
    }

    private static int TextLength(JsonElement? json) => json?.GetRawText().Length ?? 0;

    // transformers hands every special token of the config to the template.
    private static Dictionary<string, object?> SpecialTokens(JsonElement config)
    {
        var tokens = new Dictionary<string, object?>();
        foreach (var field in config.ValueKind == JsonValueKind.Object ? config.EnumerateObject() : default)
        {
            if (field.Name == "additional_special_tokens" && field.Value.ValueKind == JsonValueKind.Array)
            {
                tokens[field.Name] = field.Value.EnumerateArray().Select(object? (token) => Text(token)).ToList();
            }
            else if (field.Name.EndsWith("_token", StringComparison.Ordinal) && Text(field.Value) is { } text)
            {
                tokens[field.Name] = text;
            }
        }

        return tokens;

        static string? Text(JsonElement token) => token.ValueKind switch
        {
            JsonValueKind.String => token.GetString(),
            JsonValueKind.Object when token.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String => content.GetString(),
            _ => null,
        };
    }
}
