using ServerlessTuning.Contracts;

namespace ServerlessTuning.Datasets.Tests.Preparation;

/// <summary>What carries loss, told by position.</summary>
public class MaskTests
{
    private static readonly SplitRequest AllTrain = new(0, 0, MinimumExamples: 1);

    [Fact]
    public async Task Of_a_conversation_every_answer_is_learned_with_the_end_of_its_turn()
    {
        using var dataset = await PreparedDataset.Of(Lines.Chat(("system", "S"), ("user", "A"), ("assistant", "one"), ("user", "B"), ("assistant", "two")), split: AllTrain);

        var example = Assert.Single(dataset.Examples(dataset.Report.Train));
        Assert.Equal("<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nA<|im_end|>\n<|im_start|>assistant\none<|im_end|>\n<|im_start|>user\nB<|im_end|>\n<|im_start|>assistant\ntwo<|im_end|>\n",
            ByteModel.Text(example.Ids));
        Assert.Equal("one<|im_end|>\n|two<|im_end|>\n", PreparedDataset.Learned(example));
        Assert.Equal(10, dataset.Report.Train.SupervisedTokens);
    }

    [Fact]
    public async Task An_answer_of_weight_0_is_not_learned()
    {
        const string Line = """{"messages":[{"role":"user","content":"A"},{"role":"assistant","content":"one","weight":0},{"role":"user","content":"B"},{"role":"assistant","content":"two","weight":1}]}""";
        using var dataset = await PreparedDataset.Of(Line, split: AllTrain);

        Assert.Equal("two<|im_end|>\n", PreparedDataset.Learned(Assert.Single(dataset.Examples(dataset.Report.Train))));
    }

    [Fact]
    public async Task An_answer_that_spells_a_role_or_repeats_the_question_is_masked_by_position()
    {
        using var dataset = await PreparedDataset.Of(Lines.Chat(("user", "say assistant\nhi"), ("assistant", "assistant\nhi"), ("user", "assistant\nhi"), ("assistant", "bye")), split: AllTrain);

        Assert.Equal("assistant\nhi<|im_end|>\n|bye<|im_end|>\n", PreparedDataset.Learned(Assert.Single(dataset.Examples(dataset.Report.Train))));
    }

    [Fact]
    public async Task Parts_of_type_text_are_said_one_after_another()
    {
        const string Line = """{"messages":[{"role":"user","content":"A"},{"role":"assistant","content":[{"type":"text","text":"on"},{"text":"e\u0021","type":"text"}]}]}""";
        using var dataset = await PreparedDataset.Of(Line, split: AllTrain);

        Assert.Equal("one!<|im_end|>\n", PreparedDataset.Learned(Assert.Single(dataset.Examples(dataset.Report.Train))));
    }

    [Fact]
    public async Task Of_a_prompt_and_its_completion_the_completion_is_learned_with_the_end_of_the_sequence()
    {
        using var dataset = await PreparedDataset.Of(Lines.Prompt(7), split: AllTrain);

        var example = Assert.Single(dataset.Examples(dataset.Report.Train));
        Assert.Equal("question 7 answer 7<|endoftext|>", ByteModel.Text(example.Ids));
        Assert.Equal("answer 7<|endoftext|>", PreparedDataset.Learned(example));
    }

    [Fact]
    public async Task Of_a_text_every_token_is_learned_but_the_first_which_nothing_predicts()
    {
        using var dataset = await PreparedDataset.Of("""{"text":"words"}""", split: AllTrain);

        Assert.Equal(TuningTask.Pretraining, dataset.Report.Task);
        Assert.Equal("ords<|endoftext|>", PreparedDataset.Learned(Assert.Single(dataset.Examples(dataset.Report.Train))));
    }

    [Fact]
    public async Task Pretraining_on_conversations_learns_every_token()
    {
        using var dataset = await PreparedDataset.Of(Lines.Chat(("user", "A"), ("assistant", "one")), split: AllTrain, task: TuningTask.Pretraining);

        Assert.Equal("user\nA<|im_end|>\n<|im_start|>assistant\none<|im_end|>\n", PreparedDataset.Learned(Assert.Single(dataset.Examples(dataset.Report.Train))));
    }

    [Fact]
    public async Task An_overlong_example_is_cut_and_counted_and_left_out_when_nothing_to_learn_remains()
    {
        var content = Lines.Join([
            Lines.Prompt(1),
            "{\"prompt\":\"0123456789\",\"completion\":\"" + new string('a', 50) + "\"}",
            "{\"prompt\":\"" + new string('p', 40) + "\",\"completion\":\"b\"}"]);
        using var dataset = await PreparedDataset.Of(content, split: AllTrain, context: 32);

        Assert.True(dataset.Report.Usable);
        Assert.Equal((1, 1), (dataset.Report.Truncated, dataset.Report.Dropped));
        Assert.Equal(["question 1 answer 1<|endoftext|>", "0123456789" + new string('a', 22)], dataset.Texts(dataset.Report.Train));
    }

    [Fact]
    public async Task The_rule_drop_leaves_overlong_examples_out()
    {
        var content = Lines.Join([Lines.Prompt(1), "{\"prompt\":\"0123456789\",\"completion\":\"" + new string('a', 50) + "\"}"]);
        using var dataset = await PreparedDataset.Of(content, split: AllTrain with { Overlong = OverlongRule.Drop }, context: 32);

        Assert.Equal((0, 1, 1), (dataset.Report.Truncated, dataset.Report.Dropped, dataset.Report.Train.Examples));
    }

    [Fact]
    public async Task A_dataset_of_which_nothing_to_learn_is_left_is_refused()
    {
        using var dataset = await PreparedDataset.Of("{\"prompt\":\"" + new string('p', 40) + "\",\"completion\":\"b\"}", split: AllTrain, context: 32);

        Assert.StartsWith("train.jsonl: found no example of which something to learn is left, expected examples that fit into 32 tokens.", dataset.Problem);
    }

    [Fact]
    public async Task Held_out_conversations_are_also_written_as_text()
    {
        using var dataset = await new PreparedDataset()
            .With("train.jsonl", Lines.Chat(1))
            .With("test.jsonl", Lines.Chat(("user", "A"), ("assistant", "one"), ("user", "B"), ("assistant", "two")), DatasetSplit.Test)
            .RunAsync(AllTrain);

        Assert.Equal("""{"display":"B","prompt":"<|im_start|>user\nA<|im_end|>\n<|im_start|>assistant\none<|im_end|>\n<|im_start|>user\nB<|im_end|>\n<|im_start|>assistant\n","answer":"two"}""" + "\n",
            File.ReadAllText(Path.Combine(dataset.Output, dataset.Report.Test.Held!)));
    }

    [Fact]
    public async Task A_tool_call_is_learned_as_the_template_writes_it_and_the_tools_answer_is_not()
    {
        const string Template = "{% for tool in tools or [] %}[{{ tool.function.name }}]{% endfor %}{% for message in messages %}<|im_start|>{{ message.role }}:{{ message.content or '' }}"
            + "{% for call in message.tool_calls or [] %}{{ call.function.name }}({{ call.function.arguments | tojson }}){% endfor %}<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant:{% endif %}";
        const string Line = """{"messages":[{"role":"user","content":"A"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]},{"role":"tool","content":"2","tool_call_id":"1"},{"role":"assistant","content":"B"}],"tools":[{"type":"function","function":{"name":"f"}}]}""";
        using var dataset = new PreparedDataset();
        ByteModel.Write(dataset.Base, Template);

        await dataset.With("train.jsonl", Line).RunAsync(AllTrain);

        var example = Assert.Single(dataset.Examples(dataset.Report.Train));
        Assert.Equal("""[f]<|im_start|>user:A<|im_end|><|im_start|>assistant:f({"x": 1})<|im_end|><|im_start|>tool:2<|im_end|><|im_start|>assistant:B<|im_end|>""", ByteModel.Text(example.Ids));
        Assert.Equal("""f({"x": 1})<|im_end|>|B<|im_end|>""", PreparedDataset.Learned(example));
    }

    [Fact]
    public async Task A_template_that_never_ends_a_turn_is_given_the_end_of_the_sequence_to_learn()
    {
        using var dataset = new PreparedDataset();
        ByteModel.Write(dataset.Base, "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}");

        await dataset.With("train.jsonl", Lines.Chat(("user", "A"), ("assistant", "one"))).RunAsync(AllTrain);

        Assert.Equal("one\n<|endoftext|>", PreparedDataset.Learned(Assert.Single(dataset.Examples(dataset.Report.Train))));
    }

    [Fact]
    public async Task What_stands_in_generation_blocks_is_learned_and_a_terminator_in_them_is_enough()
    {
        using var dataset = new PreparedDataset();
        ByteModel.Write(dataset.Base, "{% for message in messages %}<|im_start|>{{ message.role }}:{% if message.role == 'assistant' %}{% generation %}{{ message.content }}<|im_end|>{% endgeneration %}{% else %}{{ message.content }}<|im_end|>{% endif %}{{ '\\n' }}{% endfor %}");

        await dataset.With("train.jsonl", Lines.Chat(("user", "A"), ("assistant", "one"), ("user", "B"), ("assistant", "two"))).RunAsync(AllTrain);

        Assert.Equal("one<|im_end|>|two<|im_end|>", PreparedDataset.Learned(Assert.Single(dataset.Examples(dataset.Report.Train))));
    }

    [Fact]
    public async Task A_conversation_that_the_template_refuses_is_named_by_its_line()
    {
        using var dataset = new PreparedDataset();
        ByteModel.Write(dataset.Base, "{% if messages[0].role == 'system' %}{{ raise_exception('no system please') }}{% endif %}" + ByteModel.ChatMl);

        await dataset.With("train.jsonl", Lines.Join([Lines.Chat(1), Lines.Chat(("system", "S"), ("user", "A"), ("assistant", "b"))])).RunAsync(AllTrain);

        Assert.StartsWith("train.jsonl, line 2, messages: found a conversation that the chat template of the base model refuses (", dataset.Problem);
        Assert.Contains("no system please", dataset.Problem);
    }

    [Fact]
    public async Task Chats_need_a_chat_template()
    {
        using var dataset = new PreparedDataset();
        ByteModel.Write(dataset.Base, chatTemplate: null);

        await dataset.With("train.jsonl", Lines.Chat(1)).RunAsync(AllTrain);

        Assert.StartsWith("tokenizer_config.json, chat_template: found no chat template in the base model's folder, expected a chat template, because the dataset holds chats.", dataset.Problem);
    }
}
