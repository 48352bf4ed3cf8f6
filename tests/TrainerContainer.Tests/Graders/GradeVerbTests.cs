using System.Diagnostics;
using ServerlessTuning.Contracts;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Tests.Stages;

namespace ServerlessTuning.Trainer.Tests.Graders;

public sealed class GradeVerbTests
{
    private const string Grader = """
        {"type":"multi","name":"m","calculate_output":"(right + like) / 2","graders":{
          "right":{"type":"string_check","input":"{{ sample.output_json.n }}","reference":"{{ item.n }}","operation":"eq"},
          "like":{"type":"text_similarity","input":"{{ sample.output_text }}","reference":"{\"n\": 4}","evaluation_metric":"fuzzy_match"}}}
        """;

    private const string Answers = """
        {"item":{"n":4},"output_text":"{\"n\": 4}"}
        {"item":{"n":4},"output_text":"{\"n\": 5}"}
        {"item":{"n":4},"output_text":"four"}
        """;

    [Fact]
    public async Task Each_line_gets_its_reward_and_all_together_their_mean_least_and_most()
    {
        var (code, said, error) = await Trainer(Grader, Answers);

        Assert.Equal((ExitCodes.Done, ""), (code, error));
        Assert.Equal("""
            line 1: 1 (right 1, like 1)
            line 2: 0.4375 (right 0, like 0.875)
            line 3: 0 (right 0, like 0) because right: the answer is not JSON
            3 answers: mean 0.4792, least 0, most 1

            """, said);
    }

    [Theory]
    [InlineData("{\"type\":\"regex\"}", Answers, "grader.json, name: found nothing")]
    [InlineData("{", Answers, "found text that is not JSON")]
    [InlineData(Grader, "{\"item\":{}}", "answers.jsonl, line 1: found {\"item\":{}}, expected {\"item\": {…}, \"output_text\": \"…\"}")]
    [InlineData(Grader, "{\"item\":{},\"output_text\":\"{\\\"n\\\":1}\"}", "found no item.n in an item with no fields")]
    public async Task What_is_wrong_is_said_and_the_exit_code_blames_the_request(string grader, string answers, string says)
    {
        var (code, _, error) = await Trainer(grader, answers);

        Assert.Equal(ExitCodes.RequestAtFault, code);
        Assert.Contains(says, error);
    }

    [Fact]
    public async Task The_page_about_graders_shows_what_comes_out()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "graders.md"));
        var shown = page.Split("```").Where((_, i) => i % 2 == 1).Select(block => block[(block.IndexOf('\n') + 1)..]).ToList();

        var (_, said, _) = await Trainer(shown[0], shown[1]);

        Assert.Equal(shown[2][(shown[2].IndexOf('\n') + 1)..], said);
    }

    private static async Task<(int Code, string Said, string Error)> Trainer(string grader, string answers)
    {
        var folder = Repository.NewFolder();
        var (graderFile, answersFile) = (Path.Combine(folder, "grader.json"), Path.Combine(folder, "answers.jsonl"));
        await File.WriteAllTextAsync(graderFile, grader);
        await File.WriteAllTextAsync(answersFile, answers);
        using var process = Process.Start(new ProcessStartInfo("dotnet", [TinyRun.TrainerPath, "grade", graderFile, answersFile]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (said, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await said, await error);
    }
}
