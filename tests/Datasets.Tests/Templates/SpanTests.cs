using System.Text.Json;
using ServerlessTuning.Datasets.Templates;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Datasets.Tests.Templates;

/// <summary>The supervised spans of every stock template.</summary>
public sealed class SpanTests
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "tests", "Datasets.Tests", "Templates", "stock");
    private static readonly ChatMessage[] s_turns = [new("user", "Hi"), new("assistant", "Hello."), new("user", "Bye"), new("assistant", "So long.")];
    private static readonly ChatMessage[] s_thinking = [new("user", "2+2?"), new("assistant", "<think>\neasy\n</think>\n\n4"), new("user", "3+3?"), new("assistant", "<think>\nwell\n</think>\n\n6")];
    private static readonly ChatMessage[] s_call =
    [
        new("user", "Weather?"),
        new("assistant", "") { ToolCalls = JsonElement.Parse("""[{ "id": "abc123def", "type": "function", "function": { "name": "weather", "arguments": "{\"place\": \"Köln\"}" } }]""") },
        new("tool", "blue") { ToolCallId = "abc123def", Name = "weather" },
        new("assistant", "Blue."),
        new("user", "Thanks"),
        new("assistant", "Welcome."),
    ];

    private static readonly JsonElement s_tools = JsonElement.Parse("""[{ "type": "function", "function": { "name": "weather", "parameters": { "type": "object", "properties": {} } } }]""");

    public static TheoryData<string> Stock => [.. Directory.GetFiles(s_folder, "*.jinja").Select(file => Path.GetFileNameWithoutExtension(file)).Order()];

    [Theory]
    [InlineData("chatml", "Hello.<|im_end|>\n", "So long.<|im_end|>\n")]
    [InlineData("deepseek-r1-distill", "Hello.<｜end▁of▁sentence｜>", "So long.<｜end▁of▁sentence｜>")]
    [InlineData("gemma", "Hello.<end_of_turn>\n", "So long.<end_of_turn>\n")]
    [InlineData("gemma3", "Hello.<end_of_turn>\n", "So long.<end_of_turn>\n")]
    [InlineData("llama2", " Hello. </s>", " So long. </s>")]
    [InlineData("llama3", "Hello.<|eot_id|>", "So long.<|eot_id|>")]
    [InlineData("llama31", "Hello.<|eot_id|>", "So long.<|eot_id|>")]
    [InlineData("llama32", "Hello.<|eot_id|>", "So long.<|eot_id|>")]
    [InlineData("mistral", "Hello.</s>", "So long.</s>")]
    [InlineData("mistral-nemo", "Hello.</s>", "So long.</s>")]
    [InlineData("mistral-v3", " Hello.</s>", " So long.</s>")]
    [InlineData("phi3", "Hello.<|end|>\n", "So long.<|end|>\n</s>")]
    [InlineData("phi35", "Hello.<|end|>\n", "So long.<|end|>\n</s>")]
    [InlineData("qwen2", "Hello.<|im_end|>\n", "So long.<|im_end|>\n")]
    [InlineData("qwen25", "Hello.<|im_end|>\n", "So long.<|im_end|>\n")]
    [InlineData("qwen3", "Hello.<|im_end|>\n", "<think>\n\n</think>\n\nSo long.<|im_end|>\n")]
    [InlineData("qwen3-generation", "<think>\n\n</think>\n\nHello.<|im_end|>", "<think>\n\n</think>\n\nSo long.<|im_end|>")]
    [InlineData("zephyr", "Hello.</s>\n", "So long.</s>\n")]
    public void What_the_assistant_says_is_supervised_with_its_terminator(string name, string first, string second)
    {
        Assert.Equal([first, second], Learned(name, s_turns));
        Assert.Equal([second], Learned(name, [s_turns[0], s_turns[1] with { Supervised = false }, .. s_turns[2..]]));
        Assert.Equal([first], Learned(name, [.. s_turns[..3], s_turns[3] with { Supervised = false }]));
    }

    [Theory]
    [InlineData("qwen3", "4<|im_end|>\n", "<think>\nwell\n</think>\n\n6<|im_end|>\n")]
    [InlineData("deepseek-r1-distill", "\n\n4<｜end▁of▁sentence｜>", "\n\n6<｜end▁of▁sentence｜>")]
    [InlineData("qwen3-generation", "<think>\neasy\n</think>\n\n4<|im_end|>", "<think>\nwell\n</think>\n\n6<|im_end|>")]
    [InlineData("chatml", "<think>\neasy\n</think>\n\n4<|im_end|>\n", "<think>\nwell\n</think>\n\n6<|im_end|>\n")]
    public void A_template_that_drops_earlier_thinking_still_has_spans(string name, string first, string second) => Assert.Equal([first, second], Learned(name, s_thinking));

    [Fact]
    public void Thinking_of_a_turn_that_calls_tools_is_dropped_once_the_user_speaks_again_and_the_spans_stay_right()
    {
        ChatMessage[] messages = [s_call[0], s_call[1] with { Content = "<think>\nlook\n</think>\n\nLet me see." }, s_call[2], new("assistant", "<think>\nblue\n</think>\n\nBlue."), .. s_call[4..]];

        Assert.Equal(
            [
                "Let me see.\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"place\": \"Köln\"}}\n</tool_call><|im_end|>\n",
                "Blue.<|im_end|>\n",
                "<think>\n\n</think>\n\nWelcome.<|im_end|>\n",
            ],
            Learned("qwen3", messages, s_tools));
    }

    [Fact]
    public void White_space_that_a_template_drops_does_not_move_a_span()
    {
        ChatMessage[] messages = [new("user", " Hi \n"), new("assistant", "  Hello. \n"), new("user", "Bye "), new("assistant", " So long. ")];

        Assert.Equal(["Hello.<|eot_id|>", "So long.<|eot_id|>"], Learned("llama3", messages));
        Assert.Equal(["  Hello. \n<|end|>\n", " So long. <|end|>\n</s>"], Learned("phi3", messages));
    }

    [Fact]
    public void A_prompt_that_ends_in_a_newline_where_the_turn_has_a_space_is_given_without_it()
    {
        var template = ChatTemplate.Parse("{% for m in messages %}{{ m.role | upper }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}ASSISTANT:\n{% endif %}");

        Assert.Equal([" Hello.\n", " So long.\n"], template.Segments(s_turns).Where(segment => segment.Supervised).Select(segment => segment.Text));
    }

    [Fact]
    public void A_template_that_ends_a_turn_in_another_way_once_others_follow_cannot_tell_its_span()
    {
        var template = ChatTemplate.Parse("{% for m in messages %}[{{ m.role }}]{{ m.content }}{{ '<return>' if loop.last else '<end>' }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}");

        var thrown = Assert.Throws<ChatTemplateException>(() => template.Segments(s_turns));

        Assert.Contains("messages[1]", thrown.Message);
        Assert.Contains("Supervise only the last turn, or use a template that renders a turn the same whatever follows.", thrown.Message);
    }

    [Theory]
    [InlineData("qwen25", "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"place\": \"Köln\"}}\n</tool_call><|im_end|>\n", "Blue.<|im_end|>\n")]
    [InlineData("qwen3", "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"place\": \"Köln\"}}\n</tool_call><|im_end|>\n", "Blue.<|im_end|>\n")]
    [InlineData("llama31", "{\"name\": \"weather\", \"parameters\": {\"place\": \"Köln\"}}<|eot_id|>", "Blue.<|eot_id|>")]
    [InlineData("llama32", "{\"name\": \"weather\", \"parameters\": {\"place\": \"Köln\"}}<|eot_id|>", "Blue.<|eot_id|>")]
    [InlineData("mistral-v3", "[TOOL_CALLS] [{\"name\": \"weather\", \"arguments\": {\"place\": \"Köln\"}, \"id\": \"abc123def\"}]</s>", " Blue.</s>")]
    [InlineData("deepseek-r1-distill", "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n{\"place\": \"Köln\"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜><｜Assistant｜><｜end▁of▁sentence｜>", "Blue.<｜end▁of▁sentence｜>")]
    [InlineData("mistral-nemo", "[TOOL_CALLS][{\"name\": \"weather\", \"arguments\": {\"place\": \"Köln\"}, \"id\": \"abc123def\"}]</s>", "Blue.</s>")]
    public void Calls_of_tools_are_supervised_as_the_template_writes_them(string name, string call, string answer)
    {
        var learned = Learned(name, s_call, s_tools);

        Assert.Equal(3, learned.Length);
        Assert.EndsWith(call, learned[0]);
        Assert.Equal(answer, learned[1]);
        Assert.DoesNotContain("blue", string.Concat(learned));
    }

    [Theory]
    [MemberData(nameof(Stock))]
    public void Segments_are_the_conversation_and_what_comes_before_an_answer_ends_as_the_prompt_does(string name)
    {
        var template = Load(name);

        var segments = template.Segments(s_turns);

        Assert.Equal(template.Render(s_turns, addGenerationPrompt: false), string.Concat(segments.Select(segment => segment.Text)));
        var prompt = template.Render(s_turns[..1], addGenerationPrompt: true);
        Assert.True(prompt.StartsWith(segments[0].Text, StringComparison.Ordinal), $"{segments[0].Text} is not how {prompt} begins");
    }

    private static string[] Learned(string name, ChatMessage[] messages, JsonElement? tools = null) =>
        [.. Load(name).Segments(messages, tools).Where(segment => segment.Supervised).Select(segment => segment.Text)];

    private static ChatTemplate Load(string name) => ChatTemplate.Parse(File.ReadAllText(Path.Combine(s_folder, $"{name}.jinja")), "<s>", "</s>");
}
