using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Evaluation;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Stages;
using ServerlessTuning.Trainer.Training;

namespace ServerlessTuning.Trainer.Verbs;

/// <summary><c>evaluate</c>: loss of base and tuned over token shards, as a run's evaluate stage measures it.</summary>
public static class EvaluateVerb
{
    public const string Usage = "evaluate --base <folder> [--adapter <folder> | --tuned <folder>] --shards <file,file,...> [--text]   (--text: all is text; adds bits per byte)";
    private const int TokensAtOnce = 4096;

    public static int Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments("evaluate", rest, [.. GivenModels.Options, "--shards"], ["--text"]);
        var models = GivenModels.Of(arguments);
        var shards = arguments.Required("--shards").Split(',');
        if (shards.FirstOrDefault(shard => !File.Exists(shard)) is { } missing)
        {
            throw new RequestException($"evaluate: found no file {missing}, expected --shards to name token shards (*.safetensors of a run's dataset folder).");
        }

        var (split, text) = (new TokenSplit(shards), ModelText.Load(models.BaseFolder));
        var task = arguments.Has("--text") ? TuningTask.Pretraining : TuningTask.Supervised;
        var (byBase, byTuned) = (Score(models.Base), models.HasTuned ? Score(models.Tuned) : null);
        Console.Out.WriteLine(JsonSerializer.Serialize(new { examples = split.Count, @base = byBase, tuned = byTuned }, TuningJson.Readable));
        return ExitCodes.Done;

        ModelScore Score(Func<TextModel> load)
        {
            using var model = load();
            return HeldOutScore.Measure(model, split, text.Tokenizer, TokensAtOnce).ToModelScore(task, chrf: null);
        }
    }
}
