using System.Diagnostics;
using System.Text;
using ServerlessTuning.Contracts.Graders;

namespace ServerlessTuning.Trainer.Tests.Graders;

/// <summary>Against Python's jsonschema: make-expectations.py.</summary>
public sealed class JsonSchemaTests
{
    [Fact]
    public async Task An_answer_satisfies_a_schema_when_jsonschema_says_so()
    {
        foreach (var given in Given.Expectations("schema").EnumerateArray())
        {
            var grader = Given.Grader($$"""{"type":"json_schema","name":"s","schema":{{given.GetProperty("schema").GetRawText()}}}""");
            foreach (var answer in given.GetProperty("answers").EnumerateObject())
            {
                var reward = await Given.Reward(grader, answer.Name);
                Assert.True(answer.Value.GetBoolean() == (reward == 1), $"{answer.Name} under {given.GetProperty("schema")}: {reward}, jsonschema says {answer.Value}");
            }
        }
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"\\udc00\":1}")]
    [InlineData("NaN")]
    [InlineData("\ud800")]
    public async Task What_is_no_JSON_is_worth_nothing_and_says_so(string answer)
    {
        var graded = await Given.Grader("""{"type":"json_schema","name":"s","schema":true}""").Grade(Given.Answer(answer), default);

        Assert.Equal((0, "the answer is not JSON"), (graded.Reward, graded.SampleProblem));
    }

    [Fact]
    public async Task JSON_a_million_levels_deep_is_worth_nothing()
    {
        var grader = Given.Grader("""{"type":"json_schema","name":"s","schema":{"items":{"$ref":"#"}}}""");

        Assert.Equal(0, await Given.Reward(grader, new string('[', 1_000_000) + new string(']', 1_000_000)));
        Assert.Equal(1, await Given.Reward(grader, new string('[', 60) + new string(']', 60)));
    }

    [Fact]
    public async Task A_hundred_thousand_equal_objects_are_found_out_quickly()
    {
        var grader = Given.Grader("""{"type":"json_schema","name":"s","schema":{"uniqueItems":true}}""");
        var items = new StringBuilder("[").AppendJoin(',', Enumerable.Range(0, 100_000).Select(i => $"{{\"a\":{{\"b\":{i}}}}}"));
        var clock = Stopwatch.StartNew();

        Assert.Equal(1, await Given.Reward(grader, $"{items}]"));
        Assert.Equal(0, await Given.Reward(grader, $"{items},{{\"a\":{{\"b\":7.0}}}}]"));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"took {clock.Elapsed}");
    }

    [Theory]
    [InlineData("1e-400", 0)]
    [InlineData("1e400", 1)]
    [InlineData("12345678901234567.5", 0)]
    [InlineData("0e5", 1)]
    public async Task A_number_at_the_ends_of_a_double_is_an_integer_only_if_it_is(string number, double reward) =>
        Assert.Equal(reward, await Given.Reward(Given.Grader("""{"type":"json_schema","name":"s","schema":{"type":"integer"}}"""), number));

    [Theory]
    [InlineData("""{"$ref":"#"}""")]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},"b":{"not":{"$ref":"#/$defs/a"}}}}""")]
    public void A_schema_that_leads_back_to_itself_is_refused(string schema) =>
        Assert.Contains("leads back to itself", Assert.Single(Given.Problems($$"""{"type":"json_schema","name":"s","schema":{{schema}}}""")));

    [Fact]
    public async Task A_schema_whose_questions_double_with_every_level_is_stopped()
    {
        const string Twice = """{"properties":{"a":{"$ref":"#"}},"required":["a"]}""";
        var grader = Given.Grader($$$"""{"type":"json_schema","name":"s","schema":{"anyOf":[{{{Twice}}},{{{Twice}}}]}}""");
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 50)) + "{}" + new string('}', 50);

        var error = await Assert.ThrowsAsync<GraderException>(() => Given.Reward(grader, deep));

        Assert.Contains("still undecided after 5000000 sub-schemas", error.Message);
    }

    [Theory]
    [InlineData("""{"requird":["a"]}""", "Did you mean \"required\"?")]
    [InlineData("""{"format":"date"}""", "the keyword \"format\"")]
    [InlineData("""{"properties":{"x":{"multipleOf":2}}}""", "method.grader.schema /properties/x/multipleOf")]
    [InlineData("""{"items":[{}]}""", "what items takes")]
    [InlineData("""{"$ref":"https://example.com/s"}""", "a place in this schema")]
    [InlineData("""{"$ref":"#/$defs/missing"}""", "a place in this schema")]
    [InlineData("""{"type":"int"}""", "integer, or a list")]
    [InlineData("""{"pattern":"("}""", "cannot be read")]
    [InlineData("""{"minimum":"1"}""", "what minimum takes")]
    [InlineData("""{"minLength":-1}""", "what minLength takes")]
    [InlineData("3", "a schema: an object, true or false")]
    public void A_schema_with_a_keyword_that_would_not_be_checked_is_refused(string schema, string says) =>
        Assert.Contains(says, Assert.Single(Given.Problems($$"""{"type":"json_schema","name":"s","schema":{{schema}}}""")));
}
