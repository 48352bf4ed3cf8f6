using System.IO.Compression;
using System.Text;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Datasets.Tests.Preparation;

/// <summary>Each problem is named with file, line, field, what was found, what was expected and what to do.</summary>
public class BadInputTests
{
    private const string JsonFix = "Write each example as one JSON object on a line of its own; line breaks inside a text are written \\n.";

    [Theory]
    [InlineData("", "train.jsonl: found an empty file, expected JSON Lines")]
    [InlineData("\n \r\n", "train.jsonl: found a file of blank lines, expected JSON Lines")]
    [InlineData("[\n{\"text\":\"a\"}]", "train.jsonl, line 1: found a JSON array, expected one JSON object a line. Write each element on a line of its own: jq -c '.[]' old.json > train.jsonl.")]
    [InlineData("{\n\"text\":\"a\"}", "train.jsonl, line 1: found an object that goes on over several lines, expected one JSON object a line.")]
    [InlineData("{\"message\":[]}", "train.jsonl, line 1: found an object with \"message\", expected an object with \"messages\", with \"prompt\" and \"completion\", with \"text\" (and \"label\"), with \"tokens\" and \"tags\", or with \"prompt\", \"chosen\" and \"rejected\". Did you mean \"messages\"?")]
    [InlineData("{\"conversations\":[]}", "This looks like the ShareGPT format")]
    [InlineData("{\"instruction\":\"\",\"output\":\"\"}", "This looks like the Alpaca format")]
    [InlineData("PK\u0003\u0004abc", "train.jsonl: found a zip archive")]
    [InlineData("hello", "train.jsonl: found a .jsonl file that does not begin with {")]
    public async Task A_file_of_no_known_format_is_told_by_what_it_looks_like(string content, string expected)
    {
        using var dataset = await PreparedDataset.Of(content);

        Assert.False(dataset.Report.Usable);
        Assert.Contains(expected, dataset.Problem);
    }

    [Theory]
    [InlineData("{\"messages\":[{\"role\":\"user\"", "train.jsonl, line 37: found text that is not JSON (the line ends too early, at byte 28), expected")]
    [InlineData("{\"messages\":[}", "train.jsonl, line 37: found text that is not JSON (byte 14: '}' is an invalid start of a value)")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]} {}", "line 37: found text that is not JSON (byte 81: '{' is invalid after a single JSON value")]
    [InlineData("[1]", "line 37: found an array, expected one JSON object a line. " + JsonFix)]
    [InlineData("{\"message\":[]}", "train.jsonl, line 37: found no \"messages\", but \"message\", expected an object with \"messages\", as in the lines before.")]
    [InlineData("{\"messages\":\"hi\"}", "line 37, messages: found a string, expected an array of messages.")]
    [InlineData("{\"messages\":[]}", "line 37, messages: found no message, expected at least one message of the user and one of the assistant.")]
    [InlineData("{\"messages\":[\"hi\"]}", "line 37, messages[0]: found a string, expected a message.")]
    [InlineData("{\"messages\":[{\"role\":\"asistant\",\"content\":\"a\"}]}", "train.jsonl, line 37, messages[0].role: found the unknown role \"asistant\", expected system, developer, user, assistant or tool. Did you mean \"assistant\"?")]
    [InlineData("{\"messages\":[{\"role\":\"human\",\"content\":\"a\"}]}", "Did you mean \"user\"?")]
    [InlineData("{\"messages\":[{\"role\":3,\"content\":\"a\"}]}", "line 37, messages[0].role: found a number, expected system, developer, user, assistant or tool. Use one of these roles.")]
    [InlineData("{\"messages\":[{\"content\":\"a\"}]}", "line 37, messages[0].role: found no role")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}", "train.jsonl, line 37, messages: found no message of the assistant, expected at least one message with role \"assistant\". Add the answer to learn, or remove the line.")]
    [InlineData("{\"messages\":[{\"role\":\"assistant\",\"content\":\"a\"},{\"role\":\"user\",\"content\":\"b\"}]}", "line 37, messages[1].role: found \"user\" as the last role, expected \"assistant\".")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"\"},{\"role\":\"assistant\",\"content\":\"b\"}]}", "line 37, messages[0].content: found empty content, expected a text. Write what the user says, or remove the line.")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":null}]}", "line 37, messages[1].content: found null, expected a text, or tool calls.")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":5},{\"role\":\"assistant\",\"content\":\"a\"}]}", "line 37, messages[0].content: found a number, expected a string.")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]},{\"role\":\"assistant\",\"content\":\"a\"}]}", "line 37, messages[0].content[0]: found a part of type \"image_url\", expected a part of type \"text\".")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"weigth\":1},{\"role\":\"assistant\",\"content\":\"a\"}]}", "line 37, messages[0].weigth: found an unknown field \"weigth\", expected role, content, name, weight, tool_calls, tool_call_id, refusal. Did you mean \"weight\"?")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"a\",\"weight\":0.5}]}", "line 37, messages[1].weight: found 0.5, expected 0 or 1.")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"weight\":1},{\"role\":\"assistant\",\"content\":\"a\"}]}", "line 37, messages[0].weight: found a weight on a message of the user")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"a\",\"weight\":0}]}", "line 37, messages: found weight 0 on every message of the assistant")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"\\ud83d\"},{\"role\":\"assistant\",\"content\":\"a\"}]}", "line 37: found an escape such as \\ud83d without its other half")]
    public async Task A_bad_line_of_a_chat_is_named_with_its_field_and_its_fix(string line, string expected)
    {
        using var dataset = await PreparedDataset.Of(Lines.ChatsBut(37, line));

        Assert.False(dataset.Report.Usable);
        Assert.Contains(expected, dataset.Problem);
    }

    [Theory]
    [InlineData("[{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{a\"}}]", "messages[1].tool_calls[0].function.arguments: found \"{a\", which is not JSON (")]
    [InlineData("[{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":{}}}]", "messages[1].tool_calls[0].function.arguments: found object, expected a string that holds JSON.")]
    [InlineData("[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]", "messages[1].tool_calls[0].id: found no id")]
    [InlineData("[{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"fu\",\"arguments\":\"{}\"}}]", "messages[1].tool_calls[0].function.name: found a call of \"fu\", which \"tools\" does not declare, expected f.")]
    [InlineData("[]", "messages[1].tool_calls: found an empty array, expected an array of tool calls.")]
    public async Task A_bad_tool_call_is_named_by_its_path(string calls, string expected)
    {
        var line = $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"a\"}},{{\"role\":\"assistant\",\"content\":null,\"tool_calls\":{calls}}}],"
            + "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]}";
        using var dataset = await PreparedDataset.Of(Lines.ChatsBut(5, line));

        Assert.Contains(dataset.Report.Problems, problem => problem.ToString().Contains($"train.jsonl, line 5, {expected}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tool_message_must_answer_an_earlier_call()
    {
        const string Line = """{"messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"x","tool_call_id":"2"},{"role":"assistant","content":"b"}]}""";
        using var dataset = await PreparedDataset.Of(Lines.ChatsBut(5, Line));

        Assert.Contains("line 5, messages[2].tool_call_id: found \"2\", which no earlier tool call has, expected the id of an earlier tool call.", dataset.Problem);
    }

    [Theory]
    [InlineData("{\"prompt\":\"a\"}", "line 7, completion: found no \"completion\", expected an object with \"prompt\" and \"completion\".")]
    [InlineData("{\"prompt\":\"a\",\"completon\":\"b\"}", "line 7, completion: found no \"completion\", but \"completon\"")]
    [InlineData("{\"prompt\":\"a\",\"completion\":\"\"}", "line 7, completion: found an empty completion, expected a text.")]
    [InlineData("{\"prompt\":[],\"completion\":\"b\"}", "line 7, prompt: found an array, expected a string. Write messages as a chat")]
    public async Task A_bad_line_of_prompts_is_named_with_its_field_and_its_fix(string line, string expected)
    {
        using var dataset = await PreparedDataset.Of(Lines.Join(Enumerable.Range(1, 20).Select(i => i == 7 ? line : Lines.Prompt(i))));

        Assert.Contains(expected, dataset.Problem);
    }

    [Fact]
    public async Task A_byte_that_is_not_utf8_is_named_by_line_and_byte()
    {
        var bytes = Encoding.UTF8.GetBytes(Lines.Join(Enumerable.Range(1, 20).Select(Lines.Chat)));
        var third = Encoding.UTF8.GetByteCount(Lines.Chat(1)) + Encoding.UTF8.GetByteCount(Lines.Chat(2)) + 2;
        bytes[third + 39] = 0xE9;
        using var dataset = await new PreparedDataset().With("train.jsonl", bytes).RunAsync();

        Assert.StartsWith("train.jsonl, line 3: found a byte that is not UTF-8: 0xE9 at byte 40 of the line, expected UTF-8 text. Save the file as UTF-8", dataset.Problem);
    }

    [Fact]
    public async Task Utf16_is_told_by_its_mark()
    {
        using var dataset = await new PreparedDataset().With("train.jsonl", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Lines.Chat(1))]).RunAsync();

        Assert.StartsWith("train.jsonl: found UTF-16 text, expected", dataset.Problem);
    }

    /// <summary>The runtime looks at its switch once, at the first .gz stream of the process, which need not be ours.</summary>
    [Fact]
    public async Task A_broken_gzip_file_is_told()
    {
        Assert.True(AppContext.TryGetSwitch("System.IO.Compression.UseStrictValidation", out var isStrict) && isStrict);
        using var dataset = await new PreparedDataset().With("train.jsonl.gz", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]).RunAsync();

        Assert.StartsWith("train.jsonl.gz: found a .gz file that cannot be unpacked", dataset.Problem);
    }

    [Fact]
    public async Task Fewer_examples_than_the_minimum_are_too_few_and_repeated_ones_do_not_count()
    {
        using var dataset = await PreparedDataset.Of(Lines.Join(Enumerable.Range(1, 20).Select(i => Lines.Chat(i % 9))));

        Assert.Equal("train.jsonl: found 9 examples (11 repeat another one and do not count), expected at least 10. "
            + "Add examples, or set \"split\": {\"minimumExamples\": …} in tuning.json.", dataset.Problem);
    }

    [Fact]
    public async Task The_first_hundred_problems_are_kept_and_all_are_counted()
    {
        using var dataset = await PreparedDataset.Of(Lines.Join(Enumerable.Range(1, 250).Select(i => i < 20 ? Lines.Chat(i) : "{")), chunkBytes: 100);

        Assert.Equal(231, dataset.Report.ProblemCount);
        Assert.Equal(Enumerable.Range(20, 100).Select(static line => (long?)line), dataset.Report.Problems.Select(static problem => problem.Line));
    }

    [Fact]
    public async Task Plain_text_cannot_be_learned_as_answers()
    {
        using var dataset = await PreparedDataset.Of("Some text.\n", "train.txt", task: TuningTask.Supervised);

        Assert.StartsWith("train.txt: found plain text, in which nobody answers, expected chat, or prompts and completions", dataset.Problem);
    }

    [Fact]
    public async Task A_context_longer_than_the_model_can_look_back_is_refused()
    {
        using var dataset = await PreparedDataset.Of(Lines.Chat(1), context: 8192);

        Assert.StartsWith("tuning.json, hyperparameters.contextLength: found 8192, expected at most 4096, which the base model's max_position_embeddings allows.", dataset.Problem);
    }

    [Fact]
    public async Task An_overlong_example_is_refused_by_line_when_the_rule_says_so()
    {
        var content = Lines.Join(Enumerable.Range(1, 30).Select(i => i == 12 ? Lines.Prompt(12).Replace("answer", new string('a', 100), StringComparison.Ordinal) : Lines.Prompt(i)));
        using var dataset = await PreparedDataset.Of(content, split: new(Overlong: OverlongRule.Reject), context: 64);

        Assert.False(dataset.Report.Usable);
        Assert.StartsWith("train.jsonl, line 12: found an example of 116 tokens, expected at most 64 tokens, the context length. Shorten it", dataset.Problem);
    }

    [Theory]
    [InlineData("prompt,completion\na,b,c\n", "train.csv, line 2: found 3 fields, expected 2, as in the header.")]
    [InlineData("prompt,completion\na,\"b\n", "train.csv, line 2: found a quote that is never closed")]
    [InlineData("prompt,completion\na,\"b\"c\n", "train.csv, line 2: found text behind a closing quote")]
    [InlineData("prompt,completion\na,\n", "train.csv, line 2, completion: found an empty completion")]
    [InlineData("promt,answer\n", "train.csv, line 1: found the columns \"promt\", \"answer\", expected the columns prompt and completion, text, text and label, or prompt, chosen and rejected, in the first line. Did you mean \"prompt\"?")]
    public async Task A_bad_record_of_a_table_is_named_by_its_first_line(string content, string expected)
    {
        using var dataset = await PreparedDataset.Of(content, "train.csv");

        Assert.Contains(expected, dataset.Problem);
    }

    [Fact]
    public async Task Binary_data_is_no_plain_text()
    {
        using var dataset = await PreparedDataset.Of("Some text\na\0b\n", "train.txt");

        Assert.StartsWith("train.txt, line 2: found a zero byte, at byte 2 of the line, expected plain text.", dataset.Problem);
    }

    internal static byte[] Gzip(string content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(content));
        }

        return packed.ToArray();
    }
}
