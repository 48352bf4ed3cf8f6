using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Evaluation;
using ServerlessTuning.Trainer.Generation;
using ServerlessTuning.Trainer.Models;

namespace ServerlessTuning.Trainer.Verbs;

/// <summary><c>generate</c>: one prompt, answered by base and tuned.</summary>
public static class GenerateVerb
{
    public const string Usage = "generate --base <folder> [--adapter <folder> | --tuned <folder>] --prompt <text> [--temperature 0] [--top-k 0] [--top-p 1] [--min-p 0] [--repetition-penalty 1] "
        + "[--max-tokens 128] [--stop <text>] [--seed 42] [--raw] [--json]";

    public static int Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments("generate", rest, [.. GivenModels.Options, "--prompt", "--temperature", "--top-k", "--top-p", "--min-p", "--repetition-penalty", "--max-tokens", "--stop", "--seed"], ["--raw", "--json"]);
        var models = GivenModels.Of(arguments);
        var prompt = arguments.Required("--prompt");
        var text = ModelText.Load(models.BaseFolder);
        var ids = text.Tokenizer.Encode(arguments.Has("--raw") ? prompt : text.Render(prompt));
        var options = Options(arguments, text);

        var byBase = Answer(models.Base);
        var byTuned = models.HasTuned ? Answer(models.Tuned) : null;
        Console.Out.WriteLine(arguments.Has("--json") ? JsonSerializer.Serialize(new { prompt, @base = byBase, tuned = byTuned }, TuningJson.Options)
            : byTuned is null ? byBase : $"base:  {byBase}\ntuned: {byTuned}");
        return ExitCodes.Done;

        string Answer(Func<TextModel> load)
        {
            using var model = load();
            var said = text.Read(Continuation.Of(model, [ids], options)[0]);
            return arguments.Text("--stop") is { } stop && said.IndexOf(stop, StringComparison.Ordinal) is >= 0 and var end ? said[..end] : said;
        }
    }

    private static GenerationOptions Options(Arguments arguments, ModelText text) => new(
        arguments.Whole("--max-tokens", 128, 1, 100_000), text.StopIds,
        arguments.Number("--temperature", 0, 0, 10), arguments.Whole("--top-k", 0, 0, int.MaxValue), arguments.Number("--top-p", 1, 1e-6, 1), arguments.Number("--min-p", 0, 0, 1),
        arguments.Number("--repetition-penalty", 1, 0.01, 100), arguments.Whole("--seed", 42, 0, int.MaxValue),
        arguments.Text("--stop") is { } stop ? answer => text.Read(answer).Contains(stop, StringComparison.Ordinal) : null);
}
