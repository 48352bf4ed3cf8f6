using System.Text;

namespace ServerlessTuning.Contracts.Tests;

public sealed class RequestParserTests
{
    [Fact]
    public void A_request_with_everything_left_out_has_the_defaults()
    {
        var request = Parse("{}").Request!;

        Assert.Equal(new TuningRequest(), request);
        Assert.Equal(42, request.Seed);
    }

    [Fact]
    public void Auto_and_null_and_a_missing_field_all_mean_that_the_plan_decides()
    {
        var request = Parse("""{ "hyperparameters": { "learningRate": "auto", "epochs": null, "schedule": "auto" } }""").Request!;

        Assert.Equal(new HyperparameterRequest(), request.Hyperparameters);
    }

    [Fact]
    public void Every_field_that_is_given_arrives()
    {
        var request = Parse("""
            { "dataset": "verses", "base": "tiny", "model": "bard", "task": "pretraining", "seed": 7, "prompts": ["Hail"],
              "method": { "type": "full", "dropout": 0.1, "targetModules": ["q_proj"] },
              "hyperparameters": { "maxSteps": 9, "learningRate": 0.001, "schedule": "warmup_stable_decay", "decayRatio": 0.3, "optimizer": "adamw_8bit" },
              "split": { "validation": 0.1, "overlong": "reject" }, "gate": { "minimumImprovement": -1 } }
            """).Request!;

        Assert.Equal(("verses", "tiny", "bard", TuningTask.Pretraining, 7), (request.Dataset, request.Base, request.Model, request.Task, request.Seed));
        Assert.Equal((MethodType.Full, 0.1), (request.Method!.Type, request.Method.Dropout));
        Assert.Equal((9, 0.001, ScheduleType.WarmupStableDecay), (request.Hyperparameters!.MaxSteps, request.Hyperparameters.LearningRate, request.Hyperparameters.Schedule));
        Assert.Equal((0.3, OptimizerType.AdamW8Bit), (request.Hyperparameters.DecayRatio, request.Hyperparameters.Optimizer));
        Assert.Equal(OverlongRule.Reject, request.Split!.Overlong);
        Assert.Equal(-1, request.Gate!.MinimumImprovement);
    }

    [Theory]
    [InlineData("""{ "hyperparameters": { "learning_rate": 1 } }""", "hyperparameters.learning_rate", "unknown field", "Did you mean \"learningRate\"?")]
    [InlineData("""{ "modle": "x" }""", "modle", "unknown field", "Did you mean \"model\"?")]
    [InlineData("""{ "learningRate": 0.1 }""", "learningRate", "unknown field", "It belongs into \"hyperparameters\".")]
    [InlineData("""{ "method": { "seed": 1 } }""", "method.seed", "unknown field", "It belongs to the top of the request.")]
    [InlineData("""{ "colour": "red" }""", "colour", "unknown field", "Remove it.")]
    [InlineData("""{ "seed": "7" }""", "seed", "\"7\"", "a whole number")]
    [InlineData("""{ "seed": 1.5 }""", "seed", "1.5", "a whole number")]
    [InlineData("""{ "method": "lora" }""", "method", "\"lora\"", "an object with type, rank")]
    [InlineData("""{ "method": { "type": "lroa" } }""", "method.type", "\"lroa\"", "Did you mean \"lora\"?")]
    [InlineData("""{ "method": { "rank": 0 } }""", "method.rank", "0", "from 1 to 256")]
    [InlineData("""{ "method": { "rank": 512 } }""", "method.rank", "512", "from 1 to 256")]
    [InlineData("""{ "method": { "init": "pisa" } }""", "method.init", "\"pisa\"", "Did you mean \"pissa\"?")]
    [InlineData("""{ "method": { "layers": "last" } }""", "method.layers", "\"last\"", "\"last:4\"")]
    [InlineData("""{ "method": { "dropout": 1 } }""", "method.dropout", "1", "below 1")]
    [InlineData("""{ "method": { "targetModules": "q_proj" } }""", "method.targetModules", "\"q_proj\"", "a list")]
    [InlineData("""{ "hyperparameters": { "learningRate": 0 } }""", "hyperparameters.learningRate", "0", "above 0")]
    [InlineData("""{ "hyperparameters": { "learningRate": "fast" } }""", "hyperparameters.learningRate", "\"fast\"", "or \"auto\"")]
    [InlineData("""{ "hyperparameters": { "warmupRatio": 0.6 } }""", "hyperparameters.warmupRatio", "0.6", "from 0 to 0.5")]
    [InlineData("""{ "hyperparameters": { "optimizer": "adam_w" } }""", "hyperparameters.optimizer", "\"adam_w\"", "Did you mean \"adamw\"?")]
    [InlineData("""{ "hyperparameters": { "decayRatio": 1.1 } }""", "hyperparameters.decayRatio", "1.1", "from 0 to 1")]
    [InlineData("""{ "hyperparameters": { "maxSteps": true } }""", "hyperparameters.maxSteps", "true", "a whole number")]
    [InlineData("""{ "split": { "validation": 0.5, "test": 0.5 } }""", "split", "1 together", "Leave a share")]
    [InlineData("""{ "gate": { "minimumImprovement": 1 } }""", "gate.minimumImprovement", "1", "below 1")]
    [InlineData("""{ "dataset": "a/b" }""", "dataset", "\"a/b\"", "without /")]
    [InlineData("""{ "prompts": [] }""", "prompts", "a list of 0", "1 to 20")]
    [InlineData("""{ "seed": 1, "seed": 2 }""", "seed", "the same field twice", "Remove one")]
    public void A_bad_field_is_named_with_what_was_found_and_what_to_do(string json, string field, string found, string expectedOrFix)
    {
        var parsed = Parse(json);

        var problem = Assert.Single(parsed.Problems);
        Assert.Null(parsed.Request);
        Assert.Equal(("tuning.json", field), (problem.File, problem.Field));
        Assert.Contains(found, problem.Found);
        Assert.Contains(expectedOrFix, problem.ToString());
    }

    [Fact]
    public void All_problems_come_at_once()
    {
        var parsed = Parse("""{ "sed": 1, "method": { "rank": -1, "dropuot": 0 }, "hyperparameters": { "epochs": "many" } }""");

        Assert.Equal(["sed", "method.rank", "method.dropuot", "hyperparameters.epochs"], parsed.Problems.Select(problem => problem.Field));
    }

    [Theory]
    [InlineData("{ \"seed\": 1,\n  \"base\": \"x\",\n}", 3)]
    [InlineData("{\n  // words\n}", 2)]
    [InlineData("", 1)]
    public void Text_that_is_not_json_is_named_by_its_line(string json, long line)
    {
        var problem = Assert.Single(Parse(json).Problems);

        Assert.Equal(line, problem.Line);
        Assert.Contains("not JSON", problem.Found);
    }

    [Fact]
    public void A_list_is_not_a_request() => Assert.Equal("a JSON object", Assert.Single(Parse("[1]").Problems).Expected);

    [Fact]
    public void A_byte_order_mark_is_fine_and_other_encodings_are_not()
    {
        Assert.Empty(RequestParser.Parse((byte[])[.. Encoding.UTF8.Preamble, .. "{}"u8], "tuning.json").Problems);
        Assert.Contains("not UTF-8", Assert.Single(RequestParser.Parse((byte[])[.. "{ \"model\": \"caf"u8, 0xE9, .. "\" }"u8], "tuning.json").Problems).Found);
    }

    private static ParsedRequest Parse(string json) => RequestParser.Parse(Encoding.UTF8.GetBytes(json), "tuning.json");
}
