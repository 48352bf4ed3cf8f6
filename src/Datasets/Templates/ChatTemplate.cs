using System.Text.Json;
using ServerlessTuning.Datasets.Templates.Jinja;

namespace ServerlessTuning.Datasets.Templates;

/// <summary>A model's chat template: Jinja2, rendered as transformers' <c>apply_chat_template</c> does. Safe for use by many threads.</summary>
public sealed class ChatTemplate
{
    private readonly JinjaTemplate _template;
    private readonly IReadOnlyDictionary<string, object?> _tokens;

    private ChatTemplate(string source, IReadOnlyDictionary<string, object?> tokens)
    {
        _template = JinjaTemplate.Parse(source);
        _tokens = tokens;
    }

    /// <param name="source">The Jinja2 text.</param>
    /// <param name="bosToken">What the template's <c>bos_token</c> stands for; null leaves it undefined.</param>
    /// <param name="eosToken">What the template's <c>eos_token</c> stands for; null leaves it undefined.</param>
    /// <exception cref="ChatTemplateException">A syntax error, with line and column.</exception>
    public static ChatTemplate Parse(string source, string? bosToken = null, string? eosToken = null) => new(
        source,
        new Dictionary<string, object?> { ["bos_token"] = bosToken, ["eos_token"] = eosToken }.Where(token => token.Value is not null).ToDictionary());

    /// <summary>The template of a model's folder; null when it has none.</summary>
    /// <param name="tokenizerConfigJson">The text of tokenizer_config.json.</param>
    /// <param name="templateFile">The text of chat_template.jinja where there is one; it wins.</param>
    public static ChatTemplate? FromConfig(string tokenizerConfigJson, string? templateFile = null)
    {
        using var document = JsonDocument.Parse(tokenizerConfigJson);
        var config = document.RootElement;
        return (templateFile ?? Source(config)) is { } source ? new(source, SpecialTokens(config)) : null;
    }

    /// <param name="addGenerationPrompt">End with the opening of the assistant's turn.</param>
    /// <param name="tools">OpenAI's array of the tools that may be called; null when there are none.</param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation, or uses what it was not given.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, JsonElement? tools = null)
    {
        var variables = new Dictionary<string, object?>(_tokens)
        {
            ["messages"] = messages.Select(TemplateValues.Of).ToList(),
            ["add_generation_prompt"] = addGenerationPrompt,
        };
        if (tools is { } declared)
        {
            variables["tools"] = TemplateValues.Of(declared);
        }

        return _template.Render(variables);
    }

    /// <summary>
    /// The conversation cut where supervision begins and ends, found by rendering prefixes, never by searching for strings: what the assistant adds is the
    /// difference between the messages before it with the generation prompt, and with its own message. The turn's terminator is supervised too.
    /// The segments' texts put together are the whole rendered conversation.
    /// </summary>
    /// <exception cref="ChatTemplateException">A prefix does not continue into the whole, so that no span can be told.</exception>
    public IReadOnlyList<TextSegment> Segments(IReadOnlyList<ChatMessage> messages, JsonElement? tools = null)
    {
        var whole = Render(messages, addGenerationPrompt: false, tools);
        var segments = new List<TextSegment>();
        var done = 0;
        for (var i = 0; i < messages.Count; i++)
        {
            if (!messages[i].Supervised)
            {
                continue;
            }
            var before = Prefix(messages, i, generationPrompt: true, whole, tools);
            var after = i == messages.Count - 1 ? whole : Prefix(messages, i + 1, generationPrompt: false, whole, tools);
            if (before.Length < done || after.Length <= before.Length)
            {
                throw new ChatTemplateException($"messages[{i}] adds nothing to what the chat template renders before it, so its supervised span cannot be told.");
            }
            Add(whole[done..before.Length], false);
            Add(whole[before.Length..after.Length], true);
            done = after.Length;
        }
        Add(whole[done..], false);
        return segments;

        void Add(string text, bool supervised)
        {
            if (text.Length > 0)
            {
                segments.Add(new(text, supervised));
            }
        }
    }

    private string Prefix(IReadOnlyList<ChatMessage> messages, int count, bool generationPrompt, string whole, JsonElement? tools)
    {
        var prefix = Render([.. messages.Take(count)], generationPrompt, tools);
        return whole.StartsWith(prefix, StringComparison.Ordinal) ? prefix : throw new ChatTemplateException(
            $"the first {count} messages{(generationPrompt ? " with the generation prompt" : "")} do not render to the beginning of the whole conversation (they part after "
            + $"{whole.AsSpan().CommonPrefixLength(prefix)} characters), so the supervised span of messages[{(generationPrompt ? count : count - 1)}] cannot be told. "
            + "Supervise only the last turn, or use a template that renders a turn the same whatever follows.");
    }

    // A string, or since 2024 a list of named ones, of which "default" is the one for conversations.
    private static string? Source(JsonElement config)
    {
        if (!config.TryGetProperty("chat_template", out var template))
        {
            return null;
        }
        return template.ValueKind switch
        {
            JsonValueKind.String => template.GetString(),
            JsonValueKind.Array => template.EnumerateArray().FirstOrDefault(named => named.GetProperty("name").GetString() == "default") is { ValueKind: JsonValueKind.Object } named
                ? named.GetProperty("template").GetString() : null,
            _ => null,
        };
    }

    // transformers hands every special token of the config to the template.
    private static Dictionary<string, object?> SpecialTokens(JsonElement config) => config.EnumerateObject()
        .Where(property => property.Name.EndsWith("_token", StringComparison.Ordinal))
        .Select(property => (property.Name, Text: property.Value.ValueKind switch
        {
            JsonValueKind.String => property.Value.GetString(),
            JsonValueKind.Object when property.Value.TryGetProperty("content", out var content) => content.GetString(),
            _ => null,
        }))
        .Where(token => token.Text is not null)
        .ToDictionary(token => token.Name, object? (token) => token.Text);
}
