using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Evaluation;
using ServerlessTuning.Trainer.Generation;
using ServerlessTuning.Trainer.Models;

namespace ServerlessTuning.Trainer.Verbs;

/// <summary><c>generate</c>: one prompt, answered by base and tuned.</summary>
public static class GenerateVerb
{
    public const string Usage = "generate --base <folder> [--adapter <folder> | --tuned <folder>] --prompt <text> [--temperature 0] [--max-tokens 128] [--seed 42] [--raw] [--json]";

    public static int Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments("generate", rest, [.. GivenModels.Options, "--prompt", "--temperature", "--max-tokens", "--seed"], ["--raw", "--json"]);
        var models = GivenModels.Of(arguments);
        var prompt = arguments.Required("--prompt");
        var text = ModelText.Load(models.BaseFolder);
        var ids = text.Tokenizer.Encode(arguments.Has("--raw") ? prompt : text.Render(prompt));
        var (temperature, longest, seed) = (arguments.Number("--temperature", 0, 0, 10), arguments.Whole("--max-tokens", 128, 1, 100_000), arguments.Whole("--seed", 42, 0, int.MaxValue));

        var byBase = Answer(models.Base);
        var byTuned = models.HasTuned ? Answer(models.Tuned) : null;
        Console.Out.WriteLine(arguments.Has("--json") ? JsonSerializer.Serialize(new { prompt, @base = byBase, tuned = byTuned }, TuningJson.Options)
            : byTuned is null ? byBase : $"base:  {byBase}\ntuned: {byTuned}");
        return ExitCodes.Done;

        string Answer(Func<Llama> load)
        {
            using var model = load();
            var answer = temperature == 0 ? Continuation.Greedy(model, [ids], longest, text.StopIds)[0]
                : Continuation.Sample(model, [ids], longest, text.StopIds, temperature, seed)[0];
            return text.Read(answer);
        }
    }
}
