using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Contracts.Graders;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Graders;

namespace ServerlessTuning.Trainer.Tests.Graders;

/// <summary>Graders and answers of a line each.</summary>
internal static class Given
{
    public static GraderResources Resources { get; } = new(_ => null, _ => null, TimeProvider.System);

    public static IGrader Grader(string json, GraderResources? resources = null) => Trainer.Graders.Grader.Parse(JsonElement.Parse(json), "method.grader", resources ?? Resources);

    public static AnswerToGrade Answer(string text, object? item = null) => new(JsonSerializer.SerializeToElement(item ?? new { }), text);

    public static async Task<double> Reward(IGrader grader, string text, object? item = null) => (await grader.Grade(Answer(text, item), default)).Reward;

    /// <summary>What is wrong with a grader, one sentence each.</summary>
    public static IReadOnlyList<string> Problems(string json) => [.. GraderRequest.Parse(JsonElement.Parse(json), "method.grader").Problems.Select(problem => problem.ToString())];

    public static JsonElement Expectations(string name) =>
        JsonElement.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests", "TrainerContainer.Tests", "Graders", $"{name}-expectations.json")));
}
