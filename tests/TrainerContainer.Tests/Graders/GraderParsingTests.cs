using System.Text.Json;
using ServerlessTuning.Trainer.Stages;

namespace ServerlessTuning.Trainer.Tests.Graders;

public sealed class GraderParsingTests
{
    [Fact]
    public void Every_problem_is_said_at_once_with_its_place()
    {
        var problems = Given.Problems("""
            {"type":"multi","name":"m","calculate_output":"0.5 * acuracy + lenght","graders":{
              "accuracy":{"type":"string_check","input":"{{ sample.output }}","operation":"equals","refrence":"x"},
              "length":{"type":"regexp"}}}
            """);

        Assert.Equal([
            "tuning.json, method.grader.graders.accuracy.input: found {{ sample.output }} at character 1, expected sample.output_text, sample.output_json, sample.output_json.FIELD, item.FIELD, item.FIELD[0] or item[\"FIELD\"]. Name a field of the dataset's line after item, or the answer.",
            "tuning.json, method.grader.graders.accuracy.reference: found nothing, expected a text such as {{ sample.output_text }}. Add \"reference\".",
            "tuning.json, method.grader.graders.accuracy.operation: found \"equals\", expected \"eq\" or \"ne\" or \"like\" or \"ilike\". Use one of these.",
            "tuning.json, method.grader.graders.accuracy.refrence: found an unknown field \"refrence\", expected type, name, input, reference, operation. Did you mean \"reference\"?",
            "tuning.json, method.grader.graders.length.type: found \"regexp\", expected string_check, text_similarity, regex, json_schema, endpoint, multi, score_model, label_model. Did you mean \"regex\"?",
            "tuning.json, method.grader.calculate_output: found the name acuracy, expected a grader of this multi: accuracy. Did you mean \"accuracy\"?",
            "tuning.json, method.grader.calculate_output: found the name lenght, expected a grader of this multi: accuracy. Name one of these, or add the grader."], problems);
    }

    [Theory]
    [InlineData("[]", "a grader: a JSON object")]
    [InlineData("{}", "Add \"type\"")]
    [InlineData("""{"type":"python","name":"p","source":"def grade(): pass"}""", "No Python runs here: use string_check")]
    [InlineData("""{"type":"regex","pattern":"a"}""", "Add \"name\"")]
    [InlineData("""{"type":"regex","name":"r","pattern":"a","name":"r"}""", "the same field twice")]
    [InlineData("""{"type":"regex","name":"r","pattern":"(a"}""", "a pattern that cannot be read")]
    [InlineData("""{"type":"regex","name":"r","pattern":"a","options":"ix"}""", "letters of i")]
    [InlineData("""{"type":"text_similarity","name":"s","input":"a","reference":"b","evaluation_metric":"rouge_6"}""", "Did you mean")]
    [InlineData("""{"type":"text_similarity","name":"s","input":"a","reference":"b","evaluation_metric":"bleu","pass_threshold":1.5}""", "a number from 0 to 1")]
    [InlineData("""{"type":"string_check","name":"s","input":"{{ item }}","reference":"b","operation":"eq"}""", "found {{ item }} at character 1")]
    [InlineData("""{"type":"string_check","name":"s","input":"ab {{ item.a","reference":"b","operation":"eq"}""", "{{ at character 4 that nothing closes")]
    [InlineData("""{"type":"string_check","name":"s","input":"{{ item.a | upper }}","reference":"b","operation":"eq"}""", "found {{ item.a | upper }}")]
    [InlineData("""{"type":"endpoint","name":"e","url":"ftp://x"}""", "an absolute http or https address")]
    [InlineData("""{"type":"endpoint","name":"e","url":"https://u:p@x"}""", "without a password")]
    [InlineData("""{"type":"endpoint","name":"e","url":"http://example.com","headers":{"Authorization":"Bearer ${GRADER_TOKEN}"}}""", "expected an https address")]
    [InlineData("""{"type":"endpoint","name":"e","url":"https://x","headers":{"Authorization":"Bearer ${Tuning__Storage}"}}""", "whose name begins with GRADER_")]
    [InlineData("""{"type":"endpoint","name":"e","url":"https://x","timeoutSeconds":0}""", "a number from 0.1 to 600")]
    [InlineData("""{"type":"multi","name":"m","graders":{},"calculate_output":"1"}""", "one or more graders")]
    [InlineData("""{"type":"multi","name":"m","graders":{"a-b":{"type":"regex","pattern":"x"}},"calculate_output":"1"}""", "a name of letters, digits and _")]
    [InlineData("""{"type":"multi","name":"m","graders":{"max":{"type":"regex","pattern":"x"}},"calculate_output":"1"}""", "is no function")]
    [InlineData("""{"type":"multi","name":"m","graders":{"a":{"type":"multi","graders":{"b":{"type":"regex","pattern":"x"}},"calculate_output":"b"}},"calculate_output":"a"}""", "a multi inside a multi")]
    [InlineData("""{"type":"score_model","name":"s","model":"r","range":[1,0]}""", "the smaller first")]
    [InlineData("""{"type":"score_model","name":"s","model":"r","sampling_params":{"seed":1}}""", "an unknown field \"sampling_params\"")]
    [InlineData("""{"type":"label_model","name":"l","model":"r","input":"x","labels":["a"],"passing_labels":["b"]}""", "labels of this grader: a")]
    public void One_mistake_is_one_problem_that_says_what_belongs_there(string json, string says) => Assert.Contains(says, Assert.Single(Given.Problems(json)));

    [Theory]
    [InlineData("""{"type":"endpoint","name":"e","url":"https://x","headers":{"Authorization":"Bearer hunter2"}}""", "${GRADER_TOKEN}")]
    [InlineData("""{"type":"endpoint","name":"e","url":"https://me:hunter2@x"}""", "a secret belongs into headers")]
    public void A_secret_in_the_request_is_refused_without_being_repeated(string json, string says)
    {
        var problem = Assert.Single(Given.Problems(json));

        Assert.DoesNotContain("hunter2", problem);
        Assert.Contains(says, problem);
    }

    [Fact]
    public void Making_a_grader_of_wrong_JSON_fails_with_all_problems()
    {
        var error = Assert.Throws<RequestException>(() => Given.Grader("""{"type":"string_check","name":"s","operation":"eq"}"""));

        Assert.Equal(2, error.Message.Split('\n').Length);
    }

    [Theory]
    [InlineData("""{"type":"string_check"}""")]
    [InlineData("""{"type":"text_similarity"}""")]
    [InlineData("""{"type":"regex"}""")]
    [InlineData("""{"type":"json_schema"}""")]
    [InlineData("""{"type":"endpoint"}""")]
    [InlineData("""{"type":"multi"}""")]
    [InlineData("""{"type":"score_model"}""")]
    [InlineData("""{"type":"label_model"}""")]
    public void Every_field_of_every_type_may_be_anything_without_an_exception(string type)
    {
        string[] fields = ["type", "name", "input", "reference", "operation", "evaluation_metric", "pass_threshold", "pattern", "options", "schema", "url", "timeoutSeconds", "headers", "graders", "calculate_output", "model", "range", "labels", "passing_labels"];
        string[] values = ["null", "1", "1e999", "\"\"", "\"x\"", "\"{{\"", "\"(\"", "[]", "[1]", "[null,{}]", "{}", "{\"a\":null}", "{\"a\":{\"type\":1}}", "true", "{\"$ref\":1,\"type\":{}}"];

        foreach (var field in fields)
        {
            Assert.All(values, value => Assert.NotEmpty(Given.Problems($"{type[..^1]},\"{field}\":{value}}}")));
        }
    }

    [Fact]
    public async Task The_document_of_the_request_may_be_gone_when_answers_are_graded()
    {
        using var document = JsonDocument.Parse("""{"type":"json_schema","name":"s","schema":{"const":{"a":1}}}""");
        var grader = Trainer.Graders.Grader.Parse(document.RootElement, "method.grader", Given.Resources);
        document.Dispose();

        Assert.Equal(1, await Given.Reward(grader, """{"a":1}"""));
    }
}
