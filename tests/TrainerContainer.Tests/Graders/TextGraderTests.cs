using System.Diagnostics;
using ServerlessTuning.Contracts.Graders;

namespace ServerlessTuning.Trainer.Tests.Graders;

public sealed class TextGraderTests
{
    [Theory]
    [InlineData("eq", "Paris", "Paris", 1)]
    [InlineData("eq", "paris", "Paris", 0)]
    [InlineData("ne", "paris", "Paris", 1)]
    [InlineData("ne", "Paris", "Paris", 0)]
    [InlineData("like", "It is Paris.", "Paris", 1)]
    [InlineData("like", "It is paris.", "Paris", 0)]
    [InlineData("ilike", "IT IS PARIS.", "paris", 1)]
    [InlineData("ilike", "It is Rome.", "paris", 0)]
    public async Task A_string_is_checked(string operation, string said, string capital, double reward)
    {
        var grader = Given.Grader($$$"""{"type":"string_check","name":"s","input":"{{ sample.output_text }}","reference":"{{item.capital}}","operation":"{{{operation}}}"}""");

        Assert.Equal(reward, await Given.Reward(grader, said, new { capital }));
    }

    [Theory]
    [InlineData("{{ item.a }}", "text")]
    [InlineData("{{item.n}}|{{ item.t }}|{{ item.none }}", "1.50|true|null")]
    [InlineData("{{ item.list[1].deep }}", "x")]
    [InlineData("{{ item.list }}", """[0,{"deep":"x"}]""")]
    [InlineData("{{ item[\"with space\"] }}{{ item['with-dash'] }}{{ item.with-dash }}", "122")]
    [InlineData("{{ sample.output_json.x.y[0] }} of {{ sample.output_json }}", """7 of {"x":{"y":[7]}}""")]
    [InlineData("no place, { one brace } and }} two", "no place, { one brace } and }} two")]
    [InlineData("", "")]
    public async Task A_template_takes_from_the_item_and_the_answer(string template, string rendered)
    {
        var item = System.Text.Json.JsonElement.Parse("""{"a":"text","n":1.50,"t":true,"none":null,"list":[0,{"deep":"x"}],"with space":1,"with-dash":2}""");
        var grader = Given.Grader(System.Text.Json.JsonSerializer.Serialize(new { type = "string_check", name = "s", input = template, reference = "{{ item.expected }}", operation = "eq" })
            .Replace("{{ item.expected }}", rendered.Replace("\"", "\\\"")));

        Assert.Equal(1, (await grader.Grade(new AnswerToGrade(item, """{"x":{"y":[7]}}"""), default)).Reward);
    }

    [Theory]
    [InlineData("no json", "the answer is not JSON")]
    [InlineData("{\"y\":1}", "the answer's JSON has no sample.output_json.x")]
    [InlineData("[1]", "the answer's JSON has no sample.output_json.x")]
    public async Task An_answer_without_the_JSON_that_a_template_needs_is_worth_nothing(string said, string problem)
    {
        var graded = await Given.Grader("""{"type":"string_check","name":"s","input":"{{ sample.output_json.x }}","reference":"1","operation":"ne"}""").Grade(Given.Answer(said), default);

        Assert.Equal((0, problem), (graded.Reward, graded.SampleProblem));
    }

    [Fact]
    public async Task An_item_without_a_field_of_the_template_is_an_error_that_lists_its_fields()
    {
        var grader = Given.Grader("""{"type":"string_check","name":"capital","input":"{{ sample.output_text }}","reference":"{{ item.answers[2] }}","operation":"eq"}""");

        var error = await Assert.ThrowsAsync<GraderException>(() => Given.Reward(grader, "x", new { answers = new[] { 1, 2 }, question = "?" }));

        Assert.Equal("Grader \"capital\": found no item.answers[2] in an item with the fields answers, question, expected every field that a template names in every line of the dataset. "
            + "Add the field to the line, or correct the template.", error.Message);
        Assert.False(error.MayPass);
    }

    [Theory]
    [InlineData("a.c", "", "a\nc", 0)]
    [InlineData("a.c", "s", "a\nc", 1)]
    [InlineData("^C$", "im", "a\nc", 1)]
    [InlineData("(?<!x)b", "", "ab", 1)]
    [InlineData(@"(a)\\1", "", "aa", 1)]
    public async Task A_pattern_is_sought_anywhere_in_the_answer(string pattern, string options, string said, double reward) =>
        Assert.Equal(reward, await Given.Reward(Given.Grader($$"""{"type":"regex","name":"r","pattern":"{{pattern}}","options":"{{options}}"}"""), said));

    [Fact]
    public async Task A_catastrophic_pattern_runs_in_linear_time_where_it_can()
    {
        var clock = Stopwatch.StartNew();

        Assert.Equal(0, await Given.Reward(Given.Grader("""{"type":"regex","name":"r","pattern":"^(a+)+$"}"""), new string('a', 50_000) + "b"));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"took {clock.Elapsed}");
    }

    [Fact]
    public async Task A_catastrophic_pattern_that_must_backtrack_is_stopped()
    {
        var grader = Given.Grader("""{"type":"regex","name":"slow","pattern":"^(?=(a+)+$)a"}""");
        var clock = Stopwatch.StartNew();

        var error = await Assert.ThrowsAsync<GraderException>(() => Given.Reward(grader, new string('a', 5000) + "b"));

        Assert.Contains("Grader \"slow\": found pattern ^(?=(a+)+$)a still searching a text of 5001 characters after 1 s", error.Message);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"took {clock.Elapsed}");
    }
}
