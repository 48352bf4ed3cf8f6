using System.Diagnostics;
using System.Text.Json;

namespace ServerlessTuning.Trainer.Tests.Graders;

/// <summary>Against NLTK and the definitions: make-expectations.py.</summary>
public sealed class SimilarityTests
{
    private static readonly JsonElement cases = Given.Expectations("similarity");

    [Theory]
    [InlineData("fuzzy_match")]
    [InlineData("bleu")]
    [InlineData("gleu")]
    [InlineData("meteor")]
    [InlineData("cosine")]
    [InlineData("rouge_1")]
    [InlineData("rouge_2")]
    [InlineData("rouge_3")]
    [InlineData("rouge_4")]
    [InlineData("rouge_5")]
    [InlineData("rouge_l")]
    public async Task A_similarity_is_what_other_programs_compute(string metric)
    {
        var grader = Given.Grader(Similarity(metric));

        foreach (var pair in cases.EnumerateArray())
        {
            var reward = await Given.Reward(grader, pair.GetProperty("input").GetString()!, new { reference = pair.GetProperty("reference").GetString() });
            Assert.True(Math.Abs(pair.GetProperty(metric).GetDouble() - reward) < 1e-12, $"{metric} of {pair}: {reward}");
        }
    }

    [Fact]
    public async Task A_threshold_makes_a_pass_of_a_similarity()
    {
        var grader = Given.Grader("""{"type":"text_similarity","name":"s","input":"{{sample.output_text}}","reference":"abcd","evaluation_metric":"fuzzy_match","pass_threshold":0.75}""");

        var near = await grader.Grade(Given.Answer("abcx"), default);
        var far = await grader.Grade(Given.Answer("abxx"), default);

        Assert.Equal((1, 0.75), (near.Reward, near.SubRewards["similarity"]));
        Assert.Equal((0, 0.5), (far.Reward, far.SubRewards["similarity"]));
    }

    [Theory]
    [InlineData("fuzzy_match")]
    [InlineData("bleu")]
    [InlineData("meteor")]
    [InlineData("rouge_5")]
    [InlineData("rouge_l")]
    public async Task A_huge_answer_is_graded_in_seconds(string metric)
    {
        var answer = string.Concat(Enumerable.Range(0, 200_000).Select(i => $"w{i % 977} "));
        var reference = string.Concat(Enumerable.Range(0, 5_000).Select(i => $"w{i * 7 % 977} "));
        var clock = Stopwatch.StartNew();

        var reward = await Given.Reward(Given.Grader(Similarity(metric)), answer, new { reference });

        Assert.InRange(reward, 0, 1);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{metric} took {clock.Elapsed}");
    }

    private static string Similarity(string metric) =>
        $$$"""{"type":"text_similarity","name":"s","input":"{{ sample.output_text }}","reference":"{{ item.reference }}","evaluation_metric":"{{{metric}}}"}""";
}
