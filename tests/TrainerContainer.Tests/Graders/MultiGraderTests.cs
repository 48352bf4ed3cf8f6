using System.Globalization;
using ServerlessTuning.Contracts.Graders;

namespace ServerlessTuning.Trainer.Tests.Graders;

public sealed class MultiGraderTests
{
    [Theory]
    [InlineData("1 + 2 * 3", 7)]
    [InlineData("(1 + 2) * 3", 9)]
    [InlineData("8 / 2 / 2", 2)]
    [InlineData("5 - 3 - 1", 1)]
    [InlineData("2 ^ 3 ^ 2", 512)]
    [InlineData("-2 ^ 2", -4)]
    [InlineData("2 ^ -1", 0.5)]
    [InlineData("2 * -3", -6)]
    [InlineData("--1", 1)]
    [InlineData(".5 + 1. + 1e-1", 1.6)]
    [InlineData("min(3, 1, 2) + max(3, 1, 2)", 4)]
    [InlineData("abs(-2) + floor(1.9) + ceil(1.1) + sqrt(9) + exp(0) + log(1)", 9)]
    [InlineData("min(1, max(0, (a - 1) / (b + 2)))", 0.25)]
    [InlineData(" a+b ", 4)]
    public void A_formula_is_computed_as_on_paper(string formula, double value) =>
        Assert.Equal(value, Formula.Parse(formula).Value(new Dictionary<string, double> { ["a"] = 2, ["b"] = 2 }), 12);

    [Theory]
    [InlineData("", "Found the end of the formula, expected a number")]
    [InlineData("1 +", "Found the end of the formula, expected a number")]
    [InlineData("a b", "Found 'b' at character 3 of a b, expected an operator")]
    [InlineData("2 ** 3", "Found '*' at character 4 of 2 ** 3, expected a number")]
    [InlineData("(1", "Found the end of the formula, expected an operator or )")]
    [InlineData("max(1,", "Found the end of the formula, expected a number")]
    [InlineData("max(1;2)", "Found ';' at character 6 of max(1;2), expected an operator, a comma or )")]
    [InlineData("1 % 2", "Found '%' at character 3")]
    [InlineData("flor(a)", "Found flor( at character 1, expected a function: min, max, abs, floor, ceil, exp, sqrt, log. Did you mean \"floor\"?")]
    [InlineData("log(1, 2)", "Found log of 2 values at character 1, expected log of one value.")]
    [InlineData("1\0", "Found the end")]
    public void A_formula_that_cannot_be_read_says_where(string formula, string says) =>
        Assert.StartsWith(says, Assert.Throws<GraderSyntaxException>(() => Formula.Parse(formula)).Message);

    [Theory]
    [InlineData("(", 3000)]
    [InlineData("-", 3000)]
    [InlineData("2^", 1500)]
    [InlineData("abs(", 900)]
    [InlineData("1+", 1_000_000)]
    public void A_formula_made_to_overflow_the_stack_is_refused(string piece, int times) =>
        Assert.Throws<GraderSyntaxException>(() => Formula.Parse(string.Concat(Enumerable.Repeat(piece, times)) + "1"));

    [Fact]
    public async Task A_multi_shows_the_rewards_it_was_made_of()
    {
        var graded = await Multi("0.75 * right + 0.25 * tidy").Grade(Given.Answer(" 42"), default);

        Assert.Equal(0.75, graded.Reward);
        Assert.Equal(new Dictionary<string, double> { ["right"] = 1, ["tidy"] = 0 }, graded.SubRewards);
    }

    [Theory]
    [InlineData("right / tidy", "∞")]
    [InlineData("tidy / tidy", "NaN")]
    [InlineData("log(tidy)", "-∞")]
    [InlineData("sqrt(-right)", "NaN")]
    [InlineData("exp(right * 1e6)", "∞")]
    public async Task A_reward_that_is_no_finite_number_is_an_error_with_the_formula_and_its_values(string formula, string value)
    {
        var error = await Assert.ThrowsAsync<GraderException>(() => Given.Reward(Multi(formula), " 42"));

        var said = value.Replace("∞", CultureInfo.InvariantCulture.NumberFormat.PositiveInfinitySymbol);
        Assert.StartsWith($"Grader \"m\": found a reward of {said} from {formula} with right = 1, tidy = 0, expected a finite number.", error.Message);
    }

    [Fact]
    public async Task A_part_that_needs_JSON_is_worth_nothing_without_it_and_the_others_count()
    {
        var grader = Given.Grader("""
            {"type":"multi","name":"m","calculate_output":"shape + said","graders":{
              "shape":{"type":"json_schema","schema":{"type":"object"}},
              "said":{"type":"regex","name":"another name is fine","pattern":"yes"}}}
            """);

        var graded = await grader.Grade(Given.Answer("yes, but no JSON"), default);

        Assert.Equal((1, "shape: the answer is not JSON"), (graded.Reward, graded.SampleProblem));
    }

    private static Trainer.Graders.IGrader Multi(string formula) => Given.Grader($$"""
        {"type":"multi","name":"m","calculate_output":"{{formula}}","graders":{
          "right":{"type":"regex","pattern":"42"},
          "tidy":{"type":"regex","pattern":"^\\S"} } }
        """);
}
