using ServerlessTuning.Contracts;

namespace ServerlessTuning.Datasets.Tests.Preparation;

/// <summary>Labels, tags, preferences, judgements and prompts: what is made of them, and what is wrong with them.</summary>
public sealed class AnnotatedTests
{
    private static readonly SplitRequest AllTrain = new(0, 0, MinimumExamples: 1);

    [Fact]
    public async Task Names_are_classes_in_order_and_counted()
    {
        using var dataset = await Of("""{"text":"a","label":"spam"}""", """{"text":"b","label":"ham"}""", """{"text":"c","label":"spam"}""");

        Assert.Equal(TuningTask.Classification, dataset.Report.Task);
        Assert.Equal(["ham", "spam"], dataset.Report.Labels!.Names);
        Assert.Equal([1L, 2L], dataset.Report.Labels.Counts);
        Assert.Equal(ProblemType.SingleLabel, dataset.Report.Labels.Problem);
    }

    [Fact]
    public async Task Numbers_with_a_point_are_a_regression_and_whole_numbers_are_classes_by_size()
    {
        using var numbers = await Of("""{"text":"a","label":1.5}""", """{"text":"b","label":2}""");
        using var classes = await Of("""{"text":"a","label":10}""", """{"text":"b","label":9}""");

        Assert.Equal(ProblemType.Regression, numbers.Report.Labels!.Problem);
        Assert.Equal(["9", "10"], classes.Report.Labels!.Names);
    }

    [Fact]
    public async Task A_list_of_labels_may_be_empty()
    {
        using var dataset = await Of("""{"text":"a","labels":["x","y"]}""", """{"text":"b","labels":[]}""", """{"text":"c","labels":["y"]}""");

        Assert.Equal((ProblemType.MultiLabel, 3L), (dataset.Report.Labels!.Problem, dataset.Report.Train.Examples));
    }

    [Fact]
    public async Task A_tag_stands_at_a_words_first_token_and_the_first_word_keeps_its_own()
    {
        using var dataset = await Of("""{"tokens":["ab","c"],"tags":["X","Y"]}""");

        var (ids, labels) = Assert.Single(dataset.Examples(dataset.Report.Train));
        Assert.Equal(2, labels.Count(label => label >= 0));
        Assert.Equal(0, labels[0]);
        Assert.Equal(ids.Length, labels.Length);
    }

    [Fact]
    public async Task A_pair_is_two_sequences_of_which_the_answers_are_learned()
    {
        using var dataset = await Of("""{"prompt":"Q","chosen":" good","rejected":" bad"}""");

        Assert.Equal((TuningTask.Preference, 2, 1L), (dataset.Report.Task, dataset.Report.SequencesPerExample, dataset.Report.Train.Examples));
        Assert.Collection(dataset.Examples(dataset.Report.Train),
            chosen => Assert.StartsWith(" good", PreparedDataset.Learned(chosen), StringComparison.Ordinal), rejected => Assert.StartsWith(" bad", PreparedDataset.Learned(rejected), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"text":"a"}""", "label", "no \"label\"")]
    [InlineData("""{"text":"a","label":null}""", "label", "found null")]
    [InlineData("""{"text":"a","label":{"x":1}}""", "label", "found an object")]
    [InlineData("""{"text":"","label":"x"}""", "text", "an empty text")]
    public async Task A_wrong_label_is_named(string line, string field, string found)
    {
        using var dataset = await Of("""{"text":"z","label":"x"}""", line, """{"text":"y","label":"w"}""");

        Assert.StartsWith($"train.jsonl, line 2, {field}: ", dataset.Problem, StringComparison.Ordinal);
        Assert.Contains(found, dataset.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_class_only_teaches_nothing()
    {
        using var dataset = await Of("""{"text":"a","label":"x"}""", """{"text":"b","label":"x"}""");

        Assert.Contains("one class only, \"x\"", dataset.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_label_that_only_the_test_file_has_is_named_with_its_line_and_the_nearest()
    {
        using var dataset = await new PreparedDataset().With("train.jsonl", "{\"text\":\"a\",\"label\":\"spam\"}\n{\"text\":\"b\",\"label\":\"ham\"}\n")
            .With("test.jsonl", "{\"text\":\"c\",\"label\":\"ham\"}\n{\"text\":\"d\",\"label\":\"spamm\"}\n", DatasetSplit.Test).RunAsync(AllTrain);

        Assert.Equal("test.jsonl, line 2: found the label \"spamm\", expected one of ham, spam. Did you mean \"spam\"? No training example has it: add some, or correct the label.", dataset.Problem);
    }

    [Theory]
    [InlineData("""{"tokens":["a","b"],"tags":["X"]}""", "1 tags for 2 words")]
    [InlineData("""{"tokens":[],"tags":[]}""", "0 tags for 0 words")]
    [InlineData("""{"tokens":["a"],"tags":[null]}""", "found null")]
    public async Task Wrong_tags_are_named(string line, string found)
    {
        using var dataset = await Of("""{"tokens":["z"],"tags":["X"]}""", line);

        Assert.Contains(found, dataset.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"prompt":"Q","chosen":"same","rejected":"same"}""", "the same answer as the chosen one")]
    [InlineData("""{"prompt":"Q","chosen":"a"}""", "no \"rejected\"")]
    [InlineData("""{"chosen":"a","rejected":"b"}""", "neither \"prompt\" nor \"input\"")]
    [InlineData("""{"prompt":"Q","chosen":"a","rejected":[{"role":"assistant","content":"b"}]}""", "a text beside messages")]
    public async Task A_wrong_pair_is_named(string line, string found)
    {
        using var dataset = await Of("""{"prompt":"Q","chosen":"a","rejected":"b"}""", line);

        Assert.StartsWith("train.jsonl, line 2", dataset.Problem, StringComparison.Ordinal);
        Assert.Contains(found, dataset.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_judgement_is_true_or_false()
    {
        using var dataset = await Of("""{"prompt":"Q","completion":"a","label":true}""", """{"prompt":"Q","completion":"b","label":"yes"}""");

        Assert.Equal("train.jsonl, line 2, label: found \"yes\", expected true for a good answer, false for a bad one. Say of each answer whether it is good.", dataset.Problem);
    }

    [Fact]
    public async Task A_task_and_a_model_that_do_not_fit_are_told()
    {
        using var dataset = await PreparedDataset.Of("{\"prompt\":\"a\",\"completion\":\"b\"}\n", split: AllTrain, task: TuningTask.SequenceToSequence);

        Assert.Contains("an encoder-decoder (…ForConditionalGeneration) for the task \"sequence_to_sequence\"", dataset.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prompt_keeps_its_line_for_the_grader()
    {
        using var dataset = await PreparedDataset.Of("{\"prompt\":\"a\",\"answer\":42}\n", split: AllTrain, task: TuningTask.Reinforcement);

        Assert.True(dataset.Report.Usable, string.Join('\n', dataset.Report.Problems));
        Assert.Contains("\"answer\":42", File.ReadAllText(Path.Combine(dataset.Output, dataset.Report.Train.Held!)), StringComparison.Ordinal);
    }

    private static Task<PreparedDataset> Of(params string[] lines) => PreparedDataset.Of(string.Join('\n', lines) + "\n", split: AllTrain);
}
