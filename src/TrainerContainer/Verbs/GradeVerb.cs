using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Contracts.Graders;
using ServerlessTuning.Trainer.Graders;
using ServerlessTuning.Trainer.Stages;

namespace ServerlessTuning.Trainer.Verbs;

/// <summary><c>grade</c>: what a grader says about answers, before a run trains by it.</summary>
public static class GradeVerb
{
    public const string Usage = "grade <grader.json> <answers.jsonl>   (a line: {\"item\": {…}, \"output_text\": \"…\"})";

    public static async Task<int> Run(IReadOnlyList<string> rest, TextWriter to, GraderResources resources, CancellationToken cancellationToken)
    {
        if (rest is not [var graderFile, var answersFile])
        {
            throw new RequestException($"grade: found {rest.Count} arguments, expected {Usage}");
        }

        var grader = Read(graderFile, resources);
        IReadOnlyList<AnswerToGrade> answers = [.. File.ReadLines(Existing(answersFile)).Select((line, i) => Answer(line, answersFile, i + 1))];
        var graded = await grader.GradeAll(answers, cancellationToken);
        for (var i = 0; i < graded.Count; i++)
        {
            to.WriteLine(Said(i + 1, graded[i]));
        }

        to.WriteLine(graded.Count == 0 ? "no answers" : $"{graded.Count} answers: mean {graded.Average(one => one.Reward):0.####}, least {graded.Min(one => one.Reward):0.####}, most {graded.Max(one => one.Reward):0.####}");
        return ExitCodes.Done;
    }

    private static IGrader Read(string file, GraderResources resources)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(Existing(file)));
            return Grader.Parse(json.RootElement, "", resources, Path.GetFileName(file));
        }
        catch (JsonException e)
        {
            throw new RequestException($"{file}: found text that is not JSON ({e.Message}), expected a grader.", e);
        }
    }

    private static AnswerToGrade Answer(string line, string file, int number)
    {
        if (StrictJson.TryParse(line) is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty("output_text", out var text) && text.ValueKind == JsonValueKind.String)
        {
            return new(json.TryGetProperty("item", out var item) ? item : StrictJson.TryParse("{}")!.Value, text.GetString()!);
        }

        var found = line.Length > 60 ? line[..57] + "…" : line;
        throw new RequestException($"{file}, line {number}: found {(found.Trim().Length == 0 ? "an empty line" : found)}, expected {{\"item\": {{…}}, \"output_text\": \"…\"}}. Correct or remove the line.");
    }

    private static string Said(int line, GradedAnswer graded)
    {
        var parts = string.Join(", ", graded.SubRewards.Select(part => $"{part.Key} {part.Value:0.####}"));
        return $"line {line}: {graded.Reward:0.####}{(parts.Length > 0 ? $" ({parts})" : "")}{(graded.SampleProblem is { } problem ? $" because {problem}" : "")}";
    }

    private static string Existing(string file) => File.Exists(file) ? file : throw new RequestException($"grade: found no file {file}, expected {Usage}");
}
