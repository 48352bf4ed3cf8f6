using ServerlessTuning.Contracts.Graders;
using ServerlessTuning.Trainer.Graders;

namespace ServerlessTuning.Trainer.Tests.Graders;

public sealed class ModelGraderTests
{
    private static readonly object item = new { messages = new[] { new { role = "user", content = "How many?" } } };

    [Theory]
    [InlineData("", 5)]
    [InlineData(""","range":[0,3]""", 3)]
    [InlineData(""","range":[6,9]""", 6)]
    [InlineData(""","input":[{"role":"user","content":"Q"},{"role":"assistant","content":"A {{sample.output_text}}"}]""", 7)]
    public async Task An_answer_is_scored_by_the_published_model_within_the_range(string more, double reward) =>
        Assert.Equal(reward, await Given.Reward(Given.Grader($$"""{"type":"score_model","name":"s","model":"length"{{more}}}""", Resources), "seven", item));

    [Fact]
    public async Task The_model_sees_the_messages_and_the_answer()
    {
        var model = new ModelOfLengths();

        await Given.Reward(Given.Grader("""{"type":"score_model","name":"s","model":"length"}""", Given.Resources with { RewardModels = _ => model }), "seven", item);

        Assert.Equal([new("user", "How many?"), new("assistant", "seven")], Assert.Single(model.Asked));
    }

    [Fact]
    public async Task The_best_liked_label_decides()
    {
        var grader = Given.Grader("""{"type":"label_model","name":"l","model":"length","input":"Is {{sample.output_text}} good?","labels":["yes","hardly"],"passing_labels":["hardly"]}""", Resources);

        var graded = await grader.Grade(Given.Answer("this"), default);

        Assert.Equal(1, graded.Reward);
        Assert.Equal(new Dictionary<string, double> { ["yes"] = 3, ["hardly"] = 6 }, graded.SubRewards);
    }

    [Fact]
    public void A_model_that_was_never_published_is_an_error_before_anything_is_graded()
    {
        var error = Assert.Throws<GraderException>(() => Given.Grader("""{"type":"score_model","name":"s","model":"gpt-4o"}"""));

        Assert.StartsWith("Grader \"s\": found no published reward model \"gpt-4o\"", error.Message);
    }

    [Fact]
    public async Task A_score_that_is_not_a_number_is_an_error()
    {
        var grader = Given.Grader("""{"type":"score_model","name":"s","model":"broken"}""", Given.Resources with { RewardModels = _ => new ModelOfLengths(double.NaN) });

        var error = await Assert.ThrowsAsync<GraderException>(() => Given.Reward(grader, "x", item));

        Assert.Contains("a reward of NaN from the reward model broken", error.Message);
    }

    [Fact]
    public async Task An_item_without_messages_needs_an_input()
    {
        var grader = Given.Grader("""{"type":"score_model","name":"s","model":"length"}""", Resources);

        Assert.Contains("Add \"input\" to the grader", (await Assert.ThrowsAsync<GraderException>(() => Given.Reward(grader, "x"))).Message);
    }

    private static GraderResources Resources { get; } = Given.Resources with { RewardModels = name => name == "length" ? new ModelOfLengths() : null };

    /// <summary>Likes long answers: scores the characters of the last turn.</summary>
    private sealed class ModelOfLengths(double otherwise = 0) : IRewardModel
    {
        public List<IReadOnlyList<RewardTurn>> Asked { get; } = [];

        public IReadOnlyList<double> Score(IReadOnlyList<IReadOnlyList<RewardTurn>> conversations, CancellationToken cancellationToken)
        {
            Asked.AddRange(conversations);
            return [.. conversations.Select(turns => turns[^1].Content.Length + otherwise)];
        }
    }
}
