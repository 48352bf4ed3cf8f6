using System.Text.Json;
using ServerlessTuning.Datasets.Templates;
using ServerlessTuning.Datasets.Tests.Tokenization;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Datasets.Tests.Templates;

public sealed class ChatTemplateTests
{
    private const string ChatMl =
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    [SharedFact]
    public void Chats_render_and_encode_as_the_reference_library_does_it()
    {
        var reference = ReferenceEncodings.Load("qwen2");
        var template = ChatTemplate.FromConfig(reference.Files.TokenizerConfigJson)!;
        var tokenizer = reference.Files.Load();

        Assert.NotEmpty(reference.Chats);
        Assert.All(reference.Chats, chat =>
        {
            var text = template.Render([.. chat.Messages.Select(message => new ChatMessage(message.Role, message.Content))], chat.AddGenerationPrompt);
            Assert.Equal(chat.Text, text);
            Assert.Equal(chat.Ids, tokenizer.Encode(text));
        });
    }

    [Fact]
    public void What_the_assistant_says_and_its_terminator_are_supervised_and_nothing_else()
    {
        var segments = ChatTemplate.Parse(ChatMl).Segments(
            [new("system", "Be brief."), new("user", "Hi"), new("assistant", "Hello."), new("user", "Bye"), new("assistant", "So long.")]);

        Assert.Equal(["Hello.<|im_end|>\n", "So long.<|im_end|>\n"], segments.Where(segment => segment.Supervised).Select(segment => segment.Text));
        Assert.EndsWith("<|im_start|>assistant\n", segments[0].Text);
        Assert.Equal(4, segments.Count);
    }

    [Fact]
    public void An_assistant_turn_can_be_left_unsupervised()
    {
        var segments = ChatTemplate.Parse(ChatMl).Segments([new("user", "Hi"), new("assistant", "Hello.") { Supervised = false }, new("user", "Bye"), new("assistant", "So long.")]);

        Assert.Equal("So long.<|im_end|>\n", Assert.Single(segments, segment => segment.Supervised).Text);
    }

    [Fact]
    public void A_template_that_changes_earlier_turns_cannot_tell_spans_and_says_so()
    {
        var forgetful = ChatTemplate.Parse("{% for m in messages %}[{{ m.role }}]{{ m.content if loop.last else '...' }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}");

        var thrown = Assert.Throws<ChatTemplateException>(() => forgetful.Segments([new("user", "Hi"), new("assistant", "Hello.")]));

        Assert.Contains("the first 1 messages with the generation prompt do not render to the beginning of the whole conversation (they part after 6 characters)", thrown.Message);
        Assert.Contains("messages[1]", thrown.Message);
    }

    [Fact]
    public void Special_tokens_of_the_config_reach_the_template()
    {
        var template = ChatTemplate.FromConfig("""{ "bos_token": { "content": "<s>" }, "eos_token": "</s>", "chat_template": "{{ bos_token }}{{ messages[0]['content'] }}{{ eos_token }}" }""")!;

        Assert.Equal("<s>Hi</s>", template.Render([new("user", "Hi")], addGenerationPrompt: false));
    }

    [Fact]
    public void Of_a_list_of_templates_the_default_is_taken_and_tool_use_where_tools_are_given()
    {
        var template = ChatTemplate.FromConfig("""{ "chat_template": [ { "name": "tool_use", "template": "tools" }, { "name": "default", "template": "default" } ] }""")!;

        Assert.Equal("default", template.Render([], false));
        Assert.Equal("tools", template.Render([], false, JsonElement.Parse("[]")));
        Assert.Null(ChatTemplate.FromConfig("{}"));
        Assert.Null(ChatTemplate.FromConfig("""{ "chat_template": null }"""));
        Assert.StartsWith("tokenizer_config.json, chat_template: found only templates named rag, expected one named default.",
            Assert.Throws<ChatTemplateException>(() => ChatTemplate.FromConfig("""{ "chat_template": [ { "name": "rag", "template": "x" } ] }""")).Message);
    }

    [Theory]
    [InlineData("file\n", "file")]
    [InlineData("""{ "chat_template": "from json" }""", "from json")]
    [InlineData("""{ "chat_template": { "default": "named", "tool_use": "x" } }""", "named")]
    [InlineData("{{ 'jinja' }}", "jinja")]
    [InlineData("{%- if true %}jinja{% endif %}", "jinja")]
    [InlineData("{# note #}jinja", "jinja")]
    public void A_template_file_wins_be_it_jinja_or_json(string file, string rendered) =>
        Assert.Equal(rendered, ChatTemplate.FromConfig("""{ "chat_template": "config" }""", file)!.Render([], false));

    [Fact]
    public void Without_tools_they_are_there_and_none_as_in_transformers() =>
        Assert.Equal("True True", ChatTemplate.Parse("{{ tools is none }} {{ documents is none }}").Render([], false));

    [Fact]
    public void The_template_may_ask_for_more_than_messages_and_for_the_date()
    {
        var template = ChatTemplate.Parse("{{ strftime_now('%d %b %Y') }} {{ enable_thinking }}", clock: new StandingClock());

        Assert.Equal("01 Mar 2026 False", template.Render([], false, variables: new Dictionary<string, JsonElement> { ["enable_thinking"] = JsonElement.Parse("false") }));
    }

    [Fact]
    public void Arguments_of_a_call_are_an_object_unless_the_template_wants_their_text()
    {
        ChatMessage[] messages = [new("assistant", null) { ToolCalls = JsonElement.Parse("""[{ "function": { "name": "f", "arguments": "{\"x\":1}" } }]""") }];

        Assert.Equal("""{"x": 1}""", ChatTemplate.Parse("{{ messages[0].tool_calls[0].function.arguments | tojson }}").Render(messages, false));
        Assert.Equal("""a{"x":1}""", ChatTemplate.Parse("{{ 'a' + messages[0].tool_calls[0].function.arguments }}").Render(messages, false));
    }

    [Fact]
    public void Generation_blocks_are_the_spans_where_a_template_has_them()
    {
        var template = ChatTemplate.Parse("{% for m in messages %}{{ m.role }}:{% if m.role == 'assistant' %}{% generation %}{{ m.content }};{% endgeneration %}{% else %}{{ m.content }}{% endif %}\n{% endfor %}end");

        var segments = template.Segments([new("user", "Hi"), new("assistant", "Hello."), new("user", "Bye"), new("assistant", "So long.") { Supervised = false }]);

        Assert.Equal("Hello.;", Assert.Single(segments, segment => segment.Supervised).Text);
    }

    [Fact]
    public void A_template_may_refuse_a_conversation()
    {
        var template = ChatTemplate.Parse("{% if messages[0].role != 'user' %}{{ raise_exception('Roles must alternate!') }}{% endif %}");

        var thrown = Assert.Throws<ChatTemplateException>(() => template.Render([new("assistant", "Hi")], false));

        Assert.Equal("the chat template refuses the conversation: Roles must alternate!", thrown.Message);
    }

    private sealed class StandingClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2026, 3, 1, 9, 5, 7, TimeSpan.Zero);
    }
}
