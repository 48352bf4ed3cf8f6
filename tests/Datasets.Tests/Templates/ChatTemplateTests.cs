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
    public void A_list_of_templates_has_its_default_one_and_a_file_wins()
    {
        const string Config = """{ "chat_template": [ { "name": "tool_use", "template": "tools" }, { "name": "default", "template": "default" } ] }""";

        Assert.Equal("default", ChatTemplate.FromConfig(Config)!.Render([], false));
        Assert.Equal("file", ChatTemplate.FromConfig(Config, "file\n")!.Render([], false));
        Assert.Null(ChatTemplate.FromConfig("{}"));
    }

    [Fact]
    public void A_template_may_refuse_a_conversation()
    {
        var template = ChatTemplate.Parse("{% if messages[0].role != 'user' %}{{ raise_exception('Roles must alternate!') }}{% endif %}");

        var thrown = Assert.Throws<ChatTemplateException>(() => template.Render([new("assistant", "Hi")], false));

        Assert.Equal("the chat template refuses the conversation: Roles must alternate!", thrown.Message);
    }
}
